// load asks an MCP server over Streamable HTTP, as clients of either era do, checks every answer, and
// prints one line of JSON: how many calls in how many seconds, and how long they took.
//
//	load calls     as many calls as come back in a given time
//	load sessions  new sessions, one after another
//	load hold      sessions that stay open until stdin ends
//	load pipe      calls to a child's own pipe, without any server between
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

type options struct {
	target      *target
	modern      bool
	clients     int
	connections int
	bytes       int
	warm        int
	count       int
	span, pause time.Duration
	child       []string
}

var verbs = map[string]func(options) error{
	"calls": calls, "sessions": newSessions, "hold": hold, "pipe": pipe,
}

func main() {
	if len(os.Args) < 2 || verbs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "load calls|sessions|hold|pipe [flags] [-- CHILD…]")
		os.Exit(2)
	}
	wanted, err := read(os.Args[2:])
	if err == nil {
		err = verbs[os.Args[1]](wanted)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(words []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	address := flags.String("url", "http://127.0.0.1:3900/mcp", "endpoint")
	timeout := flags.Duration("timeout", 20*time.Second, "how long one answer may take")
	flags.BoolVar(&o.modern, "modern", false, "speak 2026-07-28 instead of opening sessions")
	flags.IntVar(&o.clients, "clients", 1, "legacy sessions")
	flags.IntVar(&o.connections, "connections", 1, "connections of each client, each with one call under way")
	flags.IntVar(&o.bytes, "bytes", 64, "length of the text")
	flags.IntVar(&o.warm, "warm", 5, "calls over each connection before any is timed")
	flags.IntVar(&o.count, "count", 20, "how many sessions")
	flags.DurationVar(&o.span, "for", time.Second, "how long to ask")
	flags.DurationVar(&o.pause, "pause", 0, "how long to wait before each session")
	flags.Parse(words)
	parsed, err := url.Parse(*address)
	if err != nil {
		return o, err
	}
	o.target = &target{host: parsed.Host, path: parsed.RequestURI(), timeout: *timeout}
	o.child = flags.Args()
	return o, nil
}

func (o options) filler() string {
	alphabet := "abcdefghijklmnopqrstuvwxyz0123456789"
	return strings.Repeat(alphabet, o.bytes/len(alphabet)+1)[:o.bytes]
}
