package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"sync"
)

const (
	tailBytes      = 4096
	shortestSecret = 6 // shorter values (true, 8080) would take ordinary words out of a message
)

var (
	public = map[string]bool{
		"PATH": true, "HOME": true, "PWD": true, "OLDPWD": true, "USER": true, "LOGNAME": true,
		"SHELL": true, "SHLVL": true, "LANG": true, "LANGUAGE": true, "TERM": true, "TZ": true,
		"TMPDIR": true, "HOSTNAME": true,
	}
	publicPrefixes = []string{"LC_", "KUBERNETES_"}
)

// secrets returns the values of an environment, whole and line by line, the longest first.
func secrets(environment []string) [][]byte {
	var found [][]byte
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		if isPublic(name) {
			continue
		}
		for _, text := range append(strings.FieldsFunc(value, isLineEnd), value) {
			if text = strings.TrimSpace(text); len(text) >= shortestSecret {
				found = append(found, []byte(text))
			}
		}
	}
	slices.SortFunc(found, func(a, b []byte) int { return len(b) - len(a) })
	return found
}

func isLineEnd(r rune) bool { return r == '\n' || r == '\r' }

func isPublic(name string) bool {
	return public[name] || slices.ContainsFunc(publicPrefixes, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// tail forwards what a server writes to stderr and keeps the end of it.
type tail struct {
	secrets [][]byte
	mutex   sync.Mutex
	end     []byte
}

func (t *tail) Write(chunk []byte) (int, error) {
	os.Stderr.Write(chunk) // when it cannot be written, there is nowhere to say so
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.end = append(t.end, chunk...)
	if surplus := len(t.end) - t.most(); surplus > 0 {
		t.end = append(t.end[:0], t.end[surplus:]...)
	}
	return len(chunk), nil
}

// most is more than is told: masked first and cut afterwards, no secret escapes by being cut in two.
func (t *tail) most() int {
	if len(t.secrets) > 0 {
		return tailBytes + len(t.secrets[0])
	}
	return tailBytes
}

func (t *tail) String() string {
	t.mutex.Lock()
	text := bytes.Clone(t.end)
	t.mutex.Unlock()
	text = blank(text, t.secrets)
	text = text[max(0, len(text)-tailBytes):]
	return strings.TrimSpace(strings.ToValidUTF8(string(shorten(text)), "\uFFFD"))
}

// blank overwrites secrets with NUL and moves nothing: what is before the tail stays before it,
// and with it the end of a secret whose beginning is forgotten already.
func blank(text []byte, secrets [][]byte) []byte {
	text = bytes.ReplaceAll(text, []byte{0}, []byte(" "))
	for _, secret := range secrets {
		text = bytes.ReplaceAll(text, secret, make([]byte, len(secret)))
	}
	return text
}

// shorten puts a mask where a secret was.
func shorten(text []byte) []byte {
	var shown []byte
	for len(text) > 0 {
		rest := bytes.TrimLeft(text, "\x00")
		if len(rest) < len(text) {
			shown = append(shown, "***"...)
		}
		length := bytes.IndexByte(rest, 0)
		if length < 0 {
			length = len(rest)
		}
		shown = append(shown, rest[:length]...)
		text = rest[length:]
	}
	return shown
}
