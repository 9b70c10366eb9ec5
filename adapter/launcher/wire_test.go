package main

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"
)

// pair returns both sides of a conversation.
func pair(t *testing.T) (*connection, socket) {
	t.Helper()
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := &connection{socket: socket(ends[0]), queue: make(chan packet, 8), gone: make(chan struct{})}
	c.sent.Go(c.sender)
	t.Cleanup(func() {
		c.close()
		c.sent.Wait()
		c.socket.close()
		socket(ends[1]).close()
	})
	return c, socket(ends[1])
}

func relayed(t *testing.T, c *connection) (*relay, *pipe, *pipe) {
	t.Helper()
	stdin, _ := newPipe()
	stdout, err := newPipe()
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay(7, c, &started{stdin: stdin, stdout: stdout})
	t.Cleanup(func() {
		r.close()
		stdin.close()
		stdout.close()
	})
	return r, stdin, stdout
}

func TestAnAdapterThatReadsNothingIsGivenUpAndNothingLeaks(t *testing.T) {
	c, _ := pair(t)
	for range 10_000 {
		pipe, err := newPipe()
		if err != nil {
			t.Fatal(err) // descriptors leak
		}
		c.send(packet{bytes: make([]byte, 1000), descriptors: []int{pipe.takeRead(), pipe.takeWrite()}})
	}
	select {
	case <-c.gone:
	case <-time.After(10 * time.Second):
		t.Error("still there")
	}
}

func TestARelayStopsWhenTheWindowIsFull(t *testing.T) {
	c, adapter := pair(t)
	r, _, stdout := relayed(t, c)
	server := os.NewFile(uintptr(stdout.takeWrite()), "stdout")
	go func() {
		server.Write(make([]byte, 2*relayWindow))
		server.Close()
	}()
	buffer := make([]byte, largestPacket)
	total := 0
	read := func(until int) {
		for total < until {
			text, err := adapter.receive(buffer)
			if err != nil || text[0] != outputPacket || !bytes.Equal(text[1:headerBytes], []byte{0, 0, 0, 7}) {
				t.Fatal(text[:headerBytes], err)
			}
			total += len(text) - headerBytes
		}
	}
	read(relayWindow)
	if r.mutex.Lock(); r.credit != 0 {
		t.Error(r.credit)
	}
	r.mutex.Unlock()
	r.grant(relayWindow)
	read(2 * relayWindow)
	if total != 2*relayWindow {
		t.Error(total)
	}
}

func TestMoreThanTheWindowIsRefused(t *testing.T) {
	c, _ := pair(t)
	r, _, _ := relayed(t, c)
	chunk := make([]byte, relayChunk)
	for sent := 0; sent < 4*relayWindow; sent += relayChunk {
		if !r.input(chunk) {
			return
		}
	}
	t.Error("all was taken")
}
