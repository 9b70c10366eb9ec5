package main

import (
	"bytes"

	"kmcp.test/load/walk"
)

const (
	envelope   = "io.modelcontextprotocol/protocolVersion"
	serverInfo = `{"name":"null","version":"1"}`
	tools      = `"tools":[{"name":"echo","description":"Returns its text argument.","inputSchema":` +
		`{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}]`
	discovered = `"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}`
	complete   = `,"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":` + serverInfo + `}`
	cachable   = `,"ttlMs":0,"cacheScope":"private"`
)

// question is what an answer depends on; the values are raw JSON.
type question struct {
	id, method, version, name, text []byte
	modern                          bool
}

func asked(message []byte) (question, error) {
	var q question
	arguments := func(key, value []byte) error {
		if string(key) == "text" {
			q.text = value
		}
		return nil
	}
	meta := func(key, _ []byte) error {
		q.modern = q.modern || string(key) == envelope
		return nil
	}
	params := func(key, value []byte) (err error) {
		switch string(key) {
		case "protocolVersion":
			q.version = value
		case "name":
			q.name = value
		case "arguments":
			_, err = walk.Object(value, 0, arguments)
		case "_meta":
			_, err = walk.Object(value, 0, meta)
		}
		return err
	}
	err := walk.Whole(message, func(key, value []byte) (err error) {
		switch string(key) {
		case "id":
			q.id = value
		case "method":
			q.method = value
		case "params":
			_, err = walk.Object(value, 0, params)
		}
		return err
	})
	return q, err
}

// answered returns the parts of the answer to a message, or nil when there is none to give.
func answered(message []byte) [][]byte {
	q, err := asked(bytes.TrimSpace(message))
	if err != nil {
		return failure([]byte("null"), `-32700,"message":"bad JSON"`)
	}
	if q.id == nil || q.method == nil {
		return nil
	}
	switch string(q.method) {
	case `"initialize"`:
		return result(q, []byte(`"protocolVersion":`), q.version,
			[]byte(`,"capabilities":{"tools":{}},"serverInfo":`+serverInfo))
	case `"server/discover"`:
		return result(q, []byte(discovered+cachable))
	case `"ping"`:
		return result(q)
	case `"tools/list"`:
		return result(q, []byte(tools+cachable))
	case `"tools/call"`:
		return called(q)
	}
	return failure(q.id, `-32601,"message":"method not found"`)
}

func called(q question) [][]byte {
	if string(q.name) != `"echo"` || len(q.text) == 0 || q.text[0] != '"' {
		return failure(q.id, `-32602,"message":"only echo, and its text is a string"`)
	}
	return result(q, []byte(`"content":[{"type":"text","text":`), q.text, []byte(`}]`))
}

func result(q question, members ...[]byte) [][]byte {
	parts := append([][]byte{[]byte(`{"jsonrpc":"2.0","id":`), q.id, []byte(`,"result":{`)}, members...)
	switch {
	case !q.modern:
		return append(parts, []byte("}}"))
	case len(members) == 0:
		return append(parts, []byte(complete[1:]), []byte("}}"))
	}
	return append(parts, []byte(complete), []byte("}}"))
}

func failure(id []byte, rest string) [][]byte {
	return [][]byte{[]byte(`{"jsonrpc":"2.0","id":`), id, []byte(`,"error":{"code":` + rest + "}}")}
}
