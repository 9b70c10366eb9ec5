package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	dialTime    = 10 * time.Second
	smallEnough = 16 << 10 // what is copied behind the head, to be sent in one write
)

// connection is one HTTP/1.1 connection that is kept alive, used by one worker at a time: without the
// transport's goroutines the generator takes little of the machine it shares.
type connection struct {
	target *target
	socket net.Conn
	reader *bufio.Reader
	head   []byte
	body   []byte
	answer []byte
	id     int64
	warm   int
}

type target struct {
	host, path string
	timeout    time.Duration
}

func (c *connection) close() {
	if c.socket != nil {
		c.socket.Close()
		c.socket = nil
	}
}

func (c *connection) open() error {
	if c.socket != nil {
		return nil
	}
	socket, err := net.DialTimeout("tcp", c.target.host, dialTime)
	if err != nil {
		return err
	}
	c.socket = socket
	if c.reader == nil {
		c.reader = bufio.NewReaderSize(socket, 64<<10)
	} else {
		c.reader.Reset(socket)
	}
	return nil
}

// ask sends one request with the extra lines of a session's head, and reads the head of the answer.
func (c *connection) ask(verb, lines string, body []byte) (*http.Response, error) {
	if err := c.open(); err != nil {
		return nil, err
	}
	c.head = append(c.head[:0], verb+" "+c.target.path+" HTTP/1.1\r\nHost: "+c.target.host+
		"\r\nAccept: application/json, text/event-stream\r\nUser-Agent: load/1\r\n"+lines...)
	if body != nil {
		c.head = append(c.head, "Content-Type: application/json\r\nContent-Length: "...)
		c.head = append(strconv.AppendInt(c.head, int64(len(body)), 10), "\r\n"...)
	}
	c.head = append(c.head, "\r\n"...)
	c.socket.SetDeadline(time.Now().Add(c.target.timeout))
	wrote := c.write(body)
	response, err := http.ReadResponse(c.reader, &http.Request{Method: verb})
	if err != nil {
		c.close()
		return nil, err
	}
	response.Close = response.Close || wrote != nil // answered before it took all: 413 and the like
	return response, nil
}

func (c *connection) write(body []byte) error {
	if len(body) < smallEnough {
		c.head = append(c.head, body...)
		_, err := c.socket.Write(c.head)
		return err
	}
	both := net.Buffers{c.head, body}
	_, err := both.WriteTo(c.socket)
	return err
}

// done drains the rest of the answer, so that the connection can be used again.
func (c *connection) done(response *http.Response) {
	_, err := io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if err != nil || response.Close {
		c.close()
	}
}
