package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const mostChildren = 1024

// launcher is all that is known. Only the main goroutine touches it: the others post to it.
type launcher struct {
	settings   settings
	secrets    [][]byte
	events     chan func()
	connection *connection
	children   map[int]*child
	record     record
	draining   bool
	leaving    bool
	code       int
}

func launch(s settings) int {
	l := &launcher{
		settings: s,
		secrets:  secrets(os.Environ()),
		events:   make(chan func(), 256),
		children: map[int]*child{},
		record:   record{policy: s.restartPolicy},
	}
	adoptOrphans()
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGCHLD, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	guard := newGuard(s.cgroup)
	go keepConnected(l)
	for !l.leaving || len(l.children) > 0 {
		select {
		case event := <-l.events:
			event()
		case <-guard.tick():
			l.relieve(guard)
		case number := <-signals:
			if number == syscall.SIGCHLD {
				l.reap()
			} else if l.terminated() {
				return 128 + int(number.(syscall.Signal))
			}
		}
	}
	l.tell(l.connection, message{Type: "leaving", Code: &l.code})
	l.flush()
	return l.code
}

func (l *launcher) post(event func()) { l.events <- event }

// flush lets the last words reach the adapter.
func (l *launcher) flush() {
	if l.connection == nil {
		return
	}
	flushed := make(chan struct{})
	l.connection.send(packet{flushed: flushed})
	select {
	case <-flushed:
	case <-l.connection.gone:
	case <-time.After(time.Second):
	}
}

func (l *launcher) connected(c *connection) {
	l.connection = c
	if l.draining {
		l.tell(c, message{Type: "draining"})
	}
}

// disconnected ends what nobody can reach any more.
func (l *launcher) disconnected(c *connection) {
	l.connection = nil
	c.discardQueue() // what was queued while the sender went holds descriptors
	for _, one := range l.children {
		if one.connection == c {
			if one.relay != nil {
				one.relay.close()
			}
			one.asked = true
			one.stop(l)
		}
	}
	if l.draining {
		l.leave(0)
	}
}

func (l *launcher) tell(c *connection, m message) {
	if c == l.connection && c != nil {
		c.send(packet{bytes: encode(m)})
	}
}

// terminated begins the drain; true when it is the second time, and nothing is waited for.
func (l *launcher) terminated() bool {
	if l.draining {
		for _, one := range l.children {
			one.signal(syscall.SIGKILL)
		}
		return true
	}
	l.draining = true
	if l.connection == nil {
		l.leave(0)
		return false
	}
	l.tell(l.connection, message{Type: "draining"})
	time.AfterFunc(l.settings.grace, func() { l.post(func() { l.leave(0) }) })
	return false
}

// leave ends all groups, and with the last of them the program.
func (l *launcher) leave(code int) {
	if l.leaving {
		return
	}
	l.leaving, l.code = true, code
	for _, one := range l.children {
		if !one.stopping {
			one.terminate(l)
		}
	}
}

func (l *launcher) start(c *connection, id uint32) {
	if c != l.connection {
		return
	}
	if problem := l.refusal(c, id); problem != "" {
		l.tell(c, message{Type: "failed", ID: id, Reason: problem})
		return
	}
	s, err := start(l.settings.command)
	if err != nil {
		text, code := why(err)
		reason := fmt.Sprintf("cannot start %s: %s", l.settings.command[0], text)
		l.tell(c, message{Type: "failed", ID: id, Reason: reason})
		l.mourn(death{name: name{c, id}, code: code, tail: reason})
		return
	}
	l.introduce(c, id, s)
}

func (l *launcher) refusal(c *connection, id uint32) string {
	switch {
	case l.leaving:
		return "the Pod is shutting down"
	case len(l.children) >= mostChildren:
		return fmt.Sprintf("%d servers run already", mostChildren)
	case l.find(c, id) != nil:
		return "the id is in use"
	}
	return ""
}

func (l *launcher) introduce(c *connection, id uint32, s *started) {
	one := &child{
		id: id, pid: s.pid, connection: c, tail: &tail{secrets: l.secrets},
		stderr: polled(s.stderr.takeRead()), stderrDone: make(chan struct{}),
	}
	l.children[s.pid] = one
	go one.forward()
	hello := packet{bytes: encode(message{Type: "started", ID: id, PID: s.pid})}
	if c.descriptors {
		hello.descriptors = []int{s.stdin.takeWrite(), s.stdout.takeRead()}
	}
	c.send(hello)
	if !c.descriptors {
		one.relay = newRelay(id, c, s)
	}
}

// reap buries all that have exited: our children, and orphans that became ours.
func (l *launcher) reap() {
	for pid := nextZombie(); pid > 0; pid = nextZombie() {
		one := l.children[pid]
		if one == nil || one.exited {
			reap(pid)
			continue
		}
		one.bury()
		go func() {
			one.settle()
			l.post(func() { l.ended(one) })
		}()
	}
}

func (l *launcher) ended(one *child) {
	if l.children[one.pid] == one { // else the number is another's by now
		delete(l.children, one.pid)
	}
	ending := one.ending()
	l.tell(one.connection, ending)
	l.mourn(death{
		name: name{one.connection, one.id}, handshaken: one.handshaken, asked: one.asked,
		code: one.exitCode(), tail: ending.Tail,
	})
}

// mourn leaves when the record says so; where servers are to run for ever, after a second look.
func (l *launcher) mourn(d death) {
	if l.leaving || !l.record.decide(d, len(l.children), l.ready()) || (d.asked && l.connection == nil) {
		return
	}
	if l.record.policy != "Always" {
		l.depart(d)
		return
	}
	time.AfterFunc(hearsay, func() {
		l.post(func() {
			if l.record.isHopeless(l.ready()) {
				l.depart(d)
			}
		})
	})
}

func (l *launcher) ready() int {
	ready := 0
	for _, one := range l.children {
		if one.handshaken {
			ready++
		}
	}
	return ready
}

// depart leaves because of a death, and tells the kubelet why.
func (l *launcher) depart(d death) {
	if !l.leaving && d.code != 0 {
		l.confess(d.tail)
	}
	l.leave(d.code)
}

// confess writes the termination message, which the kubelet shows to the user.
func (l *launcher) confess(text string) {
	file, err := os.OpenFile(l.settings.terminationMessage, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return // not every runtime has one
	}
	defer file.Close()
	file.WriteString(text)
}

func (l *launcher) find(c *connection, id uint32) *child {
	for _, one := range l.children {
		if one.id == id && one.connection == c {
			return one
		}
	}
	return nil
}
