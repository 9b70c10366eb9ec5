package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"kmcp.test/load/walk"
)

// answer is a JSON-RPC response; the values are raw JSON.
type answer struct {
	id, method, result, failure []byte
}

func parsed(message []byte) (answer, error) {
	var a answer
	err := walk.Whole(message, func(key, value []byte) error {
		switch string(key) {
		case "id":
			a.id = value
		case "method":
			a.method = value
		case "result":
			a.result = value
		case "error":
			a.failure = value
		}
		return nil
	})
	return a, err
}

// read returns the answer to the request called id, from a body of either kind.
func (c *connection) read(response *http.Response, id []byte) (answer, error) {
	var a answer
	var err error
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	switch strings.TrimSpace(kind) {
	case "application/json":
		a, err = c.readJSON(response)
	case "text/event-stream":
		a, err = readEvents(response.Body)
	default:
		err = fmt.Errorf("content type %q", kind)
	}
	switch {
	case err != nil:
		return a, err
	case !bytes.Equal(a.id, id):
		return a, fmt.Errorf("WRONG-ID: an answer to another question")
	case len(a.failure) > 0 && string(a.failure) != "null":
		return a, fmt.Errorf("JSON-RPC error %.200s", a.failure)
	}
	return a, nil
}

func (c *connection) readJSON(response *http.Response) (answer, error) {
	if response.ContentLength < 0 {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return answer{}, err
		}
		return parsed(body)
	}
	if int64(cap(c.answer)) < response.ContentLength {
		c.answer = make([]byte, response.ContentLength)
	}
	c.answer = c.answer[:response.ContentLength]
	if _, err := io.ReadFull(response.Body, c.answer); err != nil {
		return answer{}, err
	}
	return parsed(c.answer)
}

// readEvents returns the first event of a stream that is an answer.
func readEvents(body io.Reader) (answer, error) {
	reader := bufio.NewReaderSize(body, 8<<10)
	var data []byte
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return answer{}, fmt.Errorf("the stream ended without the answer: %v", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		if after, is := bytes.CutPrefix(line, []byte("data:")); is {
			data = joined(data, bytes.TrimPrefix(after, []byte(" ")))
			continue
		}
		if len(line) > 0 || len(data) == 0 {
			continue
		}
		a, err := parsed(data)
		if err != nil || (a.id != nil && a.method == nil) {
			return a, err
		}
		data = nil
	}
}

func joined(data, more []byte) []byte {
	if data == nil {
		return more
	}
	return append(append(data, '\n'), more...)
}

// checked says what is wrong with the result of an echo, which must bring back the text.
func checked(result, text []byte, modern bool) error {
	var content, kind, isError []byte
	_, err := walk.Object(result, 0, func(key, value []byte) error {
		switch string(key) {
		case "content":
			content = value
		case "resultType":
			kind = value
		case "isError":
			isError = value
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case string(isError) == "true" || len(content) < 2:
		return fmt.Errorf("BAD-RESULT: %.200s", result)
	case modern && string(kind) != `"complete"`:
		return fmt.Errorf("NO-RESULT-TYPE: %.200s", result)
	}
	return same(content, text)
}

func same(content, text []byte) error {
	var got []byte
	end, err := walk.Object(content, walk.Space(content, 1), func(key, value []byte) error {
		if string(key) == "text" {
			got = value
		}
		return nil
	})
	if err != nil || walk.Space(content, end) != len(content)-1 || len(got) < 2 {
		return fmt.Errorf("BAD-CONTENT: %.200s", content)
	}
	if bytes.IndexByte(got, '\\') < 0 {
		got = got[1 : len(got)-1]
	} else {
		var decoded string
		if err := json.Unmarshal(got, &decoded); err != nil {
			return err
		}
		got = []byte(decoded)
	}
	if !bytes.Equal(got, text) {
		return fmt.Errorf("WRONG-TEXT: not what was sent")
	}
	return nil
}
