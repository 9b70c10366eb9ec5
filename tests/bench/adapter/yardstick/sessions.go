package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// sessions serves legacy clients, each from a child of its own.
type sessions struct {
	child command
	lock  sync.Mutex
	open  map[string]*session
}

// session is a pair of the SDK's connections, and two loops that pass on what one of them reads.
type session struct {
	front *mcp.StreamableServerTransport
	ends  [2]mcp.Connection
}

func (s *sessions) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	id := request.Header.Get("Mcp-Session-Id")
	if id == "" {
		id = rand.Text()
		if err := s.begin(id); err != nil {
			http.Error(writer, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	s.lock.Lock()
	found := s.open[id]
	if request.Method == http.MethodDelete {
		delete(s.open, id)
	}
	s.lock.Unlock()
	switch {
	case found == nil:
		http.Error(writer, "no such session", http.StatusNotFound)
	case request.Method == http.MethodDelete:
		found.end()
	default:
		found.front.ServeHTTP(writer, request)
	}
}

func (s *sessions) begin(id string) error {
	background := context.Background()
	front := &mcp.StreamableServerTransport{SessionID: id}
	client, err := front.Connect(background)
	if err != nil {
		return err
	}
	server, err := (&mcp.CommandTransport{Command: s.child()}).Connect(background)
	if err != nil {
		client.Close()
		return err
	}
	made := &session{front: front, ends: [2]mcp.Connection{client, server}}
	go passOn(client, server)
	go passOn(server, client)
	s.lock.Lock()
	defer s.lock.Unlock()
	s.open[id] = made
	return nil
}

func (s *session) end() {
	for _, end := range s.ends {
		end.Close()
	}
}

func passOn(from, to mcp.Connection) {
	background := context.Background()
	for {
		message, err := from.Read(background)
		if err != nil || to.Write(background, message) != nil {
			return
		}
	}
}
