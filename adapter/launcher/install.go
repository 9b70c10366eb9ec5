package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// install copies this program to path, so that whoever looks there sees all of it or none.
func install(path string) error {
	source, err := os.Open("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("cannot read the launcher: %w", err)
	}
	defer source.Close()
	target, err := os.CreateTemp(filepath.Dir(path), ".launcher-*")
	if err != nil {
		return fmt.Errorf("cannot install the launcher: %w", err)
	}
	if err = fill(target, source); err == nil {
		err = os.Rename(target.Name(), path)
	}
	if err != nil {
		os.Remove(target.Name())
		return fmt.Errorf("cannot install the launcher: %w", err)
	}
	return nil
}

func fill(target, source *os.File) error {
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	if err := target.Chmod(0o755); err != nil { // whatever the umask: another user runs it
		target.Close()
		return err
	}
	return target.Close()
}
