package main

import (
	"os"
	"path/filepath"
	"testing"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	path := t.TempDir()
	for name, text := range files {
		target := filepath.Join(path, name)
		os.MkdirAll(filepath.Dir(target), 0o755)
		if err := os.WriteFile(target, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestWithoutALimitNothingIsWatched(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"max": {"memory.max": "max\n"}, "no such file": {}, "nonsense": {"memory.max": "?"},
	} {
		if newGuard(folder(t, files)).tick() != nil {
			t.Error(name)
		}
	}
}

func TestThePageCacheIsReclaimableAndTmpfsIsNot(t *testing.T) {
	g := guard{folder: folder(t, map[string]string{
		"memory.stat": "anon 1\nfile 100\nshmem 30\nslab_reclaimable 7\n",
	})}
	if found := g.reclaimable(); found != 77 {
		t.Error(found)
	}
}

func TestGroupsAreAddedUpWhateverTheirProcessesAreCalled(t *testing.T) {
	const rest = " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 "
	held := residentByGroup(folder(t, map[string]string{
		"10/stat": "10 (a) S 1 10" + rest + "5 0",
		"11/stat": "11 (b ) S 1 (c) S 1 10" + rest + "7 0",
		"12/stat": "12 (d) S 1 12" + rest + "9 0",
		"13/stat": "broken",
	}))
	if held[10] != 12 || held[12] != 9 {
		t.Error(held)
	}
}
