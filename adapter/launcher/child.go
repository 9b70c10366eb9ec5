package main

import (
	"io"
	"os"
	"syscall"
	"time"
)

// afterExit is for what is left in the pipes, when a grandchild holds them open.
const afterExit = time.Second

// child is one server that was started, until it is reaped and all it wrote is on its way.
type child struct {
	id         uint32
	pid        int
	connection *connection
	relay      *relay
	tail       *tail
	stderr     *os.File
	stderrDone chan struct{}
	timer      *time.Timer

	handshaken bool
	stopping   bool
	asked      bool // the adapter wanted its end, or is gone
	exited     bool
	status     syscall.WaitStatus
	reason     string
}

// forward copies stderr until its end, in a goroutine of its own.
func (c *child) forward() {
	io.CopyBuffer(struct{ io.Writer }{c.tail}, struct{ io.Reader }{c.stderr}, make([]byte, 8<<10))
	c.stderr.Close()
	close(c.stderrDone)
}

func (c *child) signal(number syscall.Signal) {
	if !c.exited { // afterwards the number may be somebody else's
		signalGroup(c.pid, number)
	}
}

func (c *child) after(l *launcher, wait time.Duration, then func()) {
	c.cancel()
	c.timer = time.AfterFunc(wait, func() { l.post(then) })
}

func (c *child) cancel() {
	if c.timer != nil {
		c.timer.Stop()
	}
}

// stop ends the group: EOF (which is the adapter's to give, where it holds the pipe), SIGTERM, SIGKILL.
func (c *child) stop(l *launcher) {
	if c.stopping || c.exited {
		return
	}
	c.stopping = true
	if c.relay != nil {
		c.relay.input(nil)
	}
	c.after(l, c.connection.afterEOF, func() { c.terminate(l) })
}

func (c *child) terminate(l *launcher) {
	c.stopping = true
	c.signal(syscall.SIGTERM)
	c.after(l, c.connection.afterTerm, func() { c.signal(syscall.SIGKILL) })
}

// bury takes the rest of the group along: until it is reaped, its number is its own.
func (c *child) bury() {
	signalGroup(c.pid, syscall.SIGKILL)
	c.cancel()
	c.exited = true
	c.status = reap(c.pid)
}

// settle waits, with a bound, until all that the child wrote is on its way.
func (c *child) settle() {
	limit := time.NewTimer(afterExit)
	defer limit.Stop()
	if c.relay != nil {
		c.relay.lift()
		select {
		case <-c.relay.done:
		case <-limit.C:
			limit.Reset(0)
		}
		defer c.relay.close()
	}
	select {
	case <-c.stderrDone:
	case <-limit.C:
		c.stderr.Close()
		<-c.stderrDone
	}
}

func (c *child) ending() message {
	ended := message{Type: "ended", ID: c.id, Tail: c.tail.String(), Reason: c.reason}
	if c.status.Signaled() {
		number := int(c.status.Signal())
		ended.Signal = &number
	} else {
		code := c.status.ExitStatus()
		ended.Code = &code
	}
	return ended
}

// exitCode is what a shell would return for it; a server that we ended did nothing wrong.
func (c *child) exitCode() int {
	if !c.status.Signaled() {
		return c.status.ExitStatus()
	}
	if c.asked {
		return 0
	}
	return 128 + int(c.status.Signal())
}
