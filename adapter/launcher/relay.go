package main

import (
	"os"
	"sync"
	"syscall"
)

// relay carries the bytes of one child over the socket, where descriptors do not get through.
// Each direction has a window, so a child that is slow holds up nobody but itself.
type relay struct {
	id         uint32
	connection *connection
	stdin      *os.File
	stdout     *os.File
	done       chan struct{} // closed when all of stdout is queued

	mutex    sync.Mutex
	changed  *sync.Cond
	waiting  []byte
	inputEnd bool
	credit   int
	closed   bool
}

func newRelay(id uint32, c *connection, s *started) *relay {
	r := &relay{
		id: id, connection: c, credit: relayWindow, done: make(chan struct{}),
		stdin: polled(s.stdin.takeWrite()), stdout: polled(s.stdout.takeRead()),
	}
	r.changed = sync.NewCond(&r.mutex)
	go r.feed()
	go r.drain()
	return r
}

// polled makes a file whose Close wakes those who read or write it.
func polled(descriptor int) *os.File {
	syscall.SetNonblock(descriptor, true)
	return os.NewFile(uintptr(descriptor), "pipe")
}

// input queues bytes for stdin, none for its end; false when they exceed the window.
func (r *relay) input(data []byte) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(data) == 0 {
		r.inputEnd = true
	}
	if !r.inputEnd && !r.closed {
		r.waiting = append(r.waiting, data...)
	}
	r.changed.Broadcast()
	return len(r.waiting) <= relayWindow
}

func (r *relay) grant(count int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.credit = min(r.credit+count, max(r.credit, relayWindow))
	r.changed.Broadcast()
}

// lift lets out all that a child left behind: no more than its pipe holds.
func (r *relay) lift() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.credit = 1 << 30
	r.changed.Broadcast()
}

// close gives up what is left of both directions.
func (r *relay) close() {
	r.mutex.Lock()
	r.closed, r.waiting = true, nil
	r.changed.Broadcast()
	r.mutex.Unlock()
	r.stdin.Close()
	r.stdout.Close()
}

func (r *relay) feed() {
	defer r.stdin.Close()
	broken := false
	for {
		data := r.nextInput()
		if len(data) == 0 {
			return
		}
		if !broken {
			_, err := r.stdin.Write(data)
			broken = err != nil // what comes for a server that closed its stdin is dropped
		}
		if !r.connection.sendWaiting(creditOf(r.id, len(data))) {
			return
		}
	}
}

func (r *relay) nextInput() []byte {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for len(r.waiting) == 0 && !r.inputEnd && !r.closed {
		r.changed.Wait()
	}
	data := r.waiting
	r.waiting = nil
	return data
}

func (r *relay) drain() {
	defer close(r.done)
	defer r.stdout.Close()
	buffer := make([]byte, relayChunk)
	for {
		room := r.waitForCredit()
		if room == 0 {
			return
		}
		count, err := r.stdout.Read(buffer[:min(room, len(buffer))])
		if count > 0 {
			r.grant(-count)
			if !r.connection.sendWaiting(relayPacket(outputPacket, r.id, buffer[:count])) {
				return
			}
		}
		if err != nil {
			r.connection.sendWaiting(relayPacket(outputPacket, r.id, nil))
			return
		}
	}
}

func (r *relay) waitForCredit() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for r.credit <= 0 && !r.closed {
		r.changed.Wait()
	}
	if r.closed {
		return 0
	}
	return r.credit
}
