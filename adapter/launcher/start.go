package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// started is a process that runs, with our ends of its three pipes.
type started struct {
	pid                   int
	stdin, stdout, stderr *pipe
}

// start runs the command as the leader of a new group that dies with us.
func start(command []string) (*started, error) {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return nil, err
	}
	pipes, err := threePipes()
	if err != nil {
		return nil, err
	}
	stdin, stdout, stderr := pipes[0], pipes[1], pipes[2]
	pid, err := syscall.ForkExec(path, command, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{uintptr(stdin.read), uintptr(stdout.write), uintptr(stderr.write)},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		closeAll(pipes)
		return nil, err
	}
	stdin.closeRead()
	stdout.closeWrite()
	stderr.closeWrite()
	return &started{pid, stdin, stdout, stderr}, nil
}

func threePipes() ([]*pipe, error) {
	var pipes []*pipe
	for range 3 {
		next, err := newPipe()
		if err != nil {
			closeAll(pipes)
			return nil, err
		}
		pipes = append(pipes, next)
	}
	return pipes, nil
}

func closeAll(pipes []*pipe) {
	for _, one := range pipes {
		one.close()
	}
}

// why says it as a shell would, and returns the exit code that a shell would give.
func why(err error) (string, int) {
	if errors.Is(err, exec.ErrNotFound) {
		err = syscall.ENOENT
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error(), 126
	}
	text := errno.Error()
	text = strings.ToUpper(text[:1]) + text[1:]
	if errno == syscall.ENOENT {
		return text, 127
	}
	return text, 126
}
