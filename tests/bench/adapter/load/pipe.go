package main

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// child is a server that is asked over its own pipes.
type child struct {
	stdin io.WriteCloser
	lines *bufio.Reader
	line  []byte
}

// pipe times calls to a child's own stdin and stdout, one after another.
func pipe(o options) error {
	asked, err := started(o.child)
	if err != nil {
		return err
	}
	defer asked.stdin.Close()
	if _, err := asked.ask([]byte(opening + "\n")); err != nil {
		return err
	}
	fmt.Fprintln(asked.stdin, opened)
	var found findings
	filler := o.filler()
	began := time.Now()
	for id := 1; time.Since(began) < o.span; id++ {
		line := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d%s%s"}}}`+"\n", id, before, filler)
		start := time.Now()
		said, err := asked.ask(line)
		if err != nil {
			return err
		}
		found.add([]time.Duration{time.Since(start)}, nil)
		a, err := parsed(said)
		if err != nil || string(a.id) != fmt.Sprint(id) {
			return fmt.Errorf("WRONG-ID: %.200s", said)
		}
		if err := checked(a.result, []byte(filler), false); err != nil {
			return err
		}
	}
	return found.print(time.Since(began))
}

func started(words []string) (*child, error) {
	command := exec.Command(words[0], words[1:]...)
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &child{stdin: stdin, lines: bufio.NewReaderSize(stdout, 256<<10)}, command.Start()
}

// ask sends one line and returns the next that comes back, which is good until the next call.
func (c *child) ask(line []byte) ([]byte, error) {
	if _, err := c.stdin.Write(line); err != nil {
		return nil, err
	}
	c.line = c.line[:0]
	for {
		part, err := c.lines.ReadSlice('\n')
		c.line = append(c.line, part...)
		if err != bufio.ErrBufferFull {
			return c.line, err
		}
	}
}
