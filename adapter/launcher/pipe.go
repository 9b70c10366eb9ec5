package main

import "syscall"

// pipe is both ends of a pipe, as long as they are ours; -1 once they are not.
type pipe struct{ read, write int }

func newPipe() (*pipe, error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, err
	}
	return &pipe{ends[0], ends[1]}, nil
}

func (p *pipe) closeRead()  { closeOnce(&p.read) }
func (p *pipe) closeWrite() { closeOnce(&p.write) }

func (p *pipe) close() {
	p.closeRead()
	p.closeWrite()
}

// takeRead gives one end away.
func (p *pipe) takeRead() int { return take(&p.read) }

func (p *pipe) takeWrite() int { return take(&p.write) }

func take(descriptor *int) int {
	taken := *descriptor
	*descriptor = -1
	return taken
}

func closeOnce(descriptor *int) {
	if *descriptor >= 0 {
		syscall.Close(*descriptor)
		*descriptor = -1
	}
}
