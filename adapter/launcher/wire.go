package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"syscall"
)

// PROTOCOL.md tells what these mean and when they are sent.
const (
	protocolVersion = 1
	largestPacket   = 64 << 10
	relayChunk      = 32 << 10
	relayWindow     = 256 << 10
	probe           = "kmcp"
)

// Kinds of packets that are not JSON: one byte, the id, the bytes or a count.
const (
	inputPacket  = 'i'
	outputPacket = 'o'
	creditPacket = 'c'
	headerBytes  = 5
)

// message is any packet in JSON; its type says which fields matter.
type message struct {
	Type          string `json:"type"`
	Version       int    `json:"version,omitempty"`
	Launcher      string `json:"launcher,omitempty"`
	RestartPolicy string `json:"restartPolicy,omitempty"`
	Descriptors   bool   `json:"descriptors,omitempty"`
	AfterEOF      int    `json:"afterEof,omitempty"`
	AfterTerm     int    `json:"afterTerm,omitempty"`
	ID            uint32 `json:"id,omitempty"`
	PID           int    `json:"pid,omitempty"`
	Code          *int   `json:"code,omitempty"`
	Signal        *int   `json:"signal,omitempty"`
	Tail          string `json:"tail,omitempty"`
	Reason        string `json:"reason,omitempty"`
}

// packet is what travels: bytes, and descriptors that are ours until they are sent.
type packet struct {
	bytes       []byte
	descriptors []int
	flushed     chan struct{} // closed instead of sending anything
}

func (p packet) discard() {
	for _, descriptor := range p.descriptors {
		syscall.Close(descriptor)
	}
}

func encode(m message) []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers can always be written
	}
	return text
}

func relayPacket(kind byte, id uint32, data []byte) []byte {
	text := make([]byte, headerBytes, headerBytes+len(data))
	text[0] = kind
	binary.BigEndian.PutUint32(text[1:], id)
	return append(text, data...)
}

func creditOf(id uint32, count int) []byte {
	return relayPacket(creditPacket, id, binary.BigEndian.AppendUint32(nil, uint32(count)))
}

// socket is one blocking SOCK_SEQPACKET connection.
type socket int

func dial(path string) (socket, error) {
	descriptor, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := syscall.Connect(descriptor, &syscall.SockaddrUnix{Name: path}); err != nil {
		syscall.Close(descriptor)
		return -1, err
	}
	return socket(descriptor), nil
}

func (s socket) send(p packet) error {
	var rights []byte
	if len(p.descriptors) > 0 {
		rights = syscall.UnixRights(p.descriptors...)
	}
	for {
		err := syscall.Sendmsg(int(s), p.bytes, rights, nil, syscall.MSG_NOSIGNAL)
		if err != syscall.EINTR {
			return err
		}
	}
}

var (
	errClosed = errors.New("the adapter closed the connection")
	errLarge  = errors.New("the adapter sent more than a packet holds")
)

// receive returns the next packet; it is valid until the next call with the same buffer.
func (s socket) receive(buffer []byte) ([]byte, error) {
	for {
		count, _, flags, _, err := syscall.Recvmsg(int(s), buffer, nil, syscall.MSG_CMSG_CLOEXEC)
		switch {
		case err == syscall.EINTR || err == syscall.ECONNRESET:
			continue // who left without hearing us may have said something before
		case err != nil:
			return nil, err
		case count == 0:
			return nil, errClosed
		case flags&syscall.MSG_TRUNC != 0:
			return nil, errLarge
		}
		return buffer[:count], nil
	}
}

// shut wakes whoever sends or receives; the descriptor stays until both are done.
func (s socket) shut()  { syscall.Shutdown(int(s), syscall.SHUT_RDWR) }
func (s socket) close() { syscall.Close(int(s)) }
