package main

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

const (
	shortestWait  = 10 * time.Millisecond // the adapter of a new Pod is about to listen
	impatientFor  = 5 * time.Second
	longestWait   = 2 * time.Second
	welcomeWithin = 5 * time.Second
	queueLength   = 1024
	longestGrace  = 60_000
)

// connection is one conversation with the adapter, after its welcome.
type connection struct {
	socket      socket
	descriptors bool
	afterEOF    time.Duration
	afterTerm   time.Duration
	queue       chan packet
	gone        chan struct{}
	closing     sync.Once
	sent        sync.WaitGroup
}

// keepConnected dials for as long as the program runs, and tells the launcher what it hears.
func keepConnected(l *launcher) {
	wait, since := shortestWait, time.Now()
	for failures := 0; ; failures++ {
		c, err := connect(l.settings)
		if err == nil {
			wait, failures = shortestWait, 0
			l.post(func() { l.connected(c) })
			err = c.receive(l)
			c.close()
			l.post(func() { l.disconnected(c) })
			c.sent.Wait()
			c.socket.close()
			since = time.Now()
		}
		if failures == 0 {
			say("waiting for the adapter at %s: %v", l.settings.socket, err)
		}
		time.Sleep(wait/2 + rand.N(wait))
		if time.Since(since) > impatientFor {
			wait = min(wait*2, longestWait)
		}
	}
}

func connect(s settings) (*connection, error) {
	socket, err := dial(s.socket)
	if err != nil {
		return nil, err
	}
	c, err := greet(socket, s)
	if err != nil {
		socket.close()
		return nil, err
	}
	c.sent.Go(c.sender)
	return c, nil
}

// greet probes with the first message whether descriptors get through.
func greet(socket socket, s settings) (*connection, error) {
	limit := syscall.NsecToTimeval(int64(welcomeWithin))
	syscall.SetsockoptTimeval(int(socket), syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit)
	if err := sayHello(socket, s); err != nil {
		return nil, err
	}
	answer, err := socket.receive(make([]byte, largestPacket))
	if err != nil {
		return nil, err
	}
	var welcome message
	if err := json.Unmarshal(answer, &welcome); err != nil {
		return nil, errors.New("the adapter's welcome is not JSON")
	}
	if welcome.Type != "welcome" {
		return nil, errors.New("the adapter refused: " + welcome.Reason)
	}
	syscall.SetsockoptTimeval(int(socket), syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{})
	return &connection{
		socket:      socket,
		descriptors: welcome.Descriptors && !s.relay,
		afterEOF:    milliseconds(welcome.AfterEOF),
		afterTerm:   milliseconds(welcome.AfterTerm),
		queue:       make(chan packet, queueLength),
		gone:        make(chan struct{}),
	}, nil
}

func milliseconds(count int) time.Duration {
	return time.Duration(min(max(count, 0), longestGrace)) * time.Millisecond
}

func sayHello(socket socket, s settings) error {
	hello := packet{bytes: encode(message{
		Type: "hello", Version: protocolVersion, Launcher: version, RestartPolicy: s.restartPolicy,
	})}
	if s.relay {
		return socket.send(hello)
	}
	pipe, err := newPipe()
	if err != nil {
		return err
	}
	defer pipe.close()
	syscall.Write(pipe.write, []byte(probe))
	if socket.send(packet{bytes: hello.bytes, descriptors: []int{pipe.read}}) == nil {
		return nil
	}
	return socket.send(hello) // a sandbox may refuse the descriptor and nothing else
}

// send queues a packet without waiting; an adapter that reads nothing any more is given up.
func (c *connection) send(p packet) {
	select {
	case c.queue <- p:
	case <-c.gone:
		p.discard()
	default:
		p.discard()
		c.close()
	}
}

// sendWaiting queues a packet of a relay; false when nobody will read it.
func (c *connection) sendWaiting(text []byte) bool {
	select {
	case c.queue <- packet{bytes: text}:
		return true
	case <-c.gone:
		return false
	}
}

func (c *connection) sender() {
	for {
		select {
		case p := <-c.queue:
			if p.flushed != nil {
				close(p.flushed)
				continue
			}
			err := c.socket.send(p)
			p.discard()
			if err != nil {
				c.close()
			}
		case <-c.gone:
			c.discardQueue()
			return
		}
	}
}

func (c *connection) discardQueue() {
	for {
		select {
		case p := <-c.queue:
			p.discard()
		default:
			return
		}
	}
}

func (c *connection) receive(l *launcher) error {
	buffer := make([]byte, largestPacket)
	for {
		text, err := c.socket.receive(buffer)
		if err != nil {
			return err
		}
		if err := l.heard(c, text); err != nil {
			return err
		}
	}
}

// close ends the conversation; whoever sends or receives notices.
func (c *connection) close() {
	c.closing.Do(func() {
		close(c.gone)
		c.socket.shut()
	})
}
