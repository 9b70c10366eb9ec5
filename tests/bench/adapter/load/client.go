package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const (
	modernVersion = "2026-07-28"
	legacyVersion = "2025-06-18"
	opening       = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"` + legacyVersion +
		`","capabilities":{},"clientInfo":{"name":"load","version":"1"}}}`
	opened   = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	envelope = `"_meta":{"io.modelcontextprotocol/protocolVersion":"` + modernVersion +
		`","io.modelcontextprotocol/clientCapabilities":{},` +
		`"io.modelcontextprotocol/clientInfo":{"name":"load","version":"1"}}`
	before = `,"method":"tools/call","params":{"name":"echo","arguments":{"text":"`
)

// client is a legacy session, or what a modern client says with every request.
type client struct {
	number int
	modern bool
	lines  string // its part of every head
	after  string // what follows the text in every call
}

func modernClient(number int) *client {
	lines := "MCP-Protocol-Version: " + modernVersion + "\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n"
	return &client{number: number, modern: true, lines: lines, after: `"},` + envelope + `}}`}
}

// legacyClient opens a session: it returns when the server has taken the second message.
func legacyClient(c *connection, number int) (*client, error) {
	lines, err := initialize(c)
	if err != nil {
		return nil, fmt.Errorf("initialize: %w", err)
	}
	response, err := c.ask("POST", lines, []byte(opened))
	if err != nil {
		return nil, fmt.Errorf("notifications/initialized: %w", err)
	}
	defer c.done(response)
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("notifications/initialized: %w", refusal(response))
	}
	return &client{number: number, lines: lines, after: `"}}}`}, nil
}

// initialize returns what the session adds to the head of every later request.
func initialize(c *connection) (string, error) {
	response, err := c.ask("POST", "", []byte(opening))
	if err != nil {
		return "", err
	}
	defer c.done(response)
	if response.StatusCode != 200 {
		return "", refusal(response)
	}
	a, err := c.read(response, []byte("0"))
	if err != nil {
		return "", err
	}
	var result struct {
		ProtocolVersion string `json:"protocolVersion"`
	}
	if err := json.Unmarshal(a.result, &result); err != nil {
		return "", err
	}
	lines := "MCP-Protocol-Version: " + result.ProtocolVersion + "\r\n"
	if session := response.Header.Get("Mcp-Session-Id"); session != "" {
		lines += "Mcp-Session-Id: " + session + "\r\n"
	}
	return lines, nil
}

func refusal(response *http.Response) error {
	said, _ := io.ReadAll(io.LimitReader(response.Body, 300))
	return fmt.Errorf("HTTP %d: %s", response.StatusCode, strings.Join(strings.Fields(string(said)), " "))
}

// leave ends a legacy session; a server may have sessions that nobody can end.
func (k *client) leave(c *connection) {
	if !k.modern {
		if response, err := c.ask("DELETE", k.lines, nil); err == nil {
			c.done(response)
		}
	}
	c.close()
}

// call asks for an echo of a text that no other call has, and checks what comes back.
func (k *client) call(c *connection, id int64, filler string) error {
	name := strconv.AppendInt(nil, id, 10)
	c.body = append(c.body[:0], `{"jsonrpc":"2.0","id":`...)
	c.body = append(append(c.body, name...), before...)
	start := len(c.body)
	c.body = append(c.body, '#')
	c.body = strconv.AppendInt(c.body, int64(k.number), 10)
	c.body = append(append(append(c.body, '.'), name...), '#')
	if rest := len(filler) - (len(c.body) - start); rest > 0 {
		c.body = append(c.body, filler[:rest]...)
	}
	end := len(c.body)
	c.body = append(c.body, k.after...)
	response, err := c.ask("POST", k.lines, c.body)
	if err != nil {
		return err
	}
	defer c.done(response)
	if response.StatusCode != 200 {
		return refusal(response)
	}
	a, err := c.read(response, name)
	if err != nil {
		return err
	}
	return checked(a.result, c.body[start:end], k.modern)
}
