package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	calm       = 500 * time.Millisecond
	alert      = 100 * time.Millisecond
	alertAbove = 80 // per cent of the limit
	endAbove   = 95
)

// guard watches a cgroup of version 2, where one out-of-memory kill takes the whole container.
type guard struct {
	folder string
	timer  *time.Timer
}

func newGuard(folder string) *guard {
	g := &guard{folder: folder}
	if folder != "" && g.number("memory.max") > 0 {
		g.timer = time.NewTimer(calm)
	}
	return g
}

func (g *guard) tick() <-chan time.Time {
	if g.timer == nil {
		return nil
	}
	return g.timer.C
}

// relieve ends the largest group when the container is about to be killed.
func (l *launcher) relieve(g *guard) {
	limit := g.number("memory.max")
	used := g.number("memory.current")
	if limit > 0 && used*100 >= limit*alertAbove {
		used -= g.reclaimable()
		g.timer.Reset(alert)
	} else {
		g.timer.Reset(calm)
	}
	if limit <= 0 || used*100 < limit*endAbove {
		return
	}
	if largest := l.largest(); largest != nil {
		largest.reason = fmt.Sprintf(
			"the server was ended because its container used %d %% of its memory limit of %d MiB", endAbove, limit>>20)
		say("%s", largest.reason)
		largest.signal(syscall.SIGKILL)
	}
}

// largest returns the child whose group holds most; nil while one is being ended for that already.
func (l *launcher) largest() *child {
	held := residentByGroup("/proc")
	var largest *child
	for pid, one := range l.children {
		if one.reason != "" {
			return nil
		}
		if !one.exited && (largest == nil || held[pid] > held[largest.pid]) {
			largest = one
		}
	}
	return largest
}

// number reads a file that holds one number; 0 when there is none ("max").
func (g *guard) number(name string) int64 {
	text, err := os.ReadFile(filepath.Join(g.folder, name))
	if err != nil {
		return 0
	}
	number, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// reclaimable is what the kernel takes back before it kills: the page cache, without tmpfs.
func (g *guard) reclaimable() int64 {
	text, err := os.ReadFile(filepath.Join(g.folder, "memory.stat"))
	if err != nil {
		return 0
	}
	found := map[string]int64{}
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) == 2 {
			found[string(fields[0])], _ = strconv.ParseInt(string(fields[1]), 10, 64)
		}
	}
	return max(found["file"]-found["shmem"], 0) + found["slab_reclaimable"]
}

// residentByGroup adds up the resident pages of every process group.
func residentByGroup(proc string) map[int]int64 {
	held := map[int]int64{}
	paths, _ := filepath.Glob(filepath.Join(proc, "[0-9]*", "stat"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it is gone
		}
		// The name may hold anything, so count from behind it: state is 0, pgrp 2, rss 21.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(fields) > 21 {
			group, _ := strconv.Atoi(string(fields[2]))
			pages, _ := strconv.ParseInt(string(fields[21]), 10, 64)
			held[group] += pages
		}
	}
	return held
}
