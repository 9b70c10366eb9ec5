// yardstick is the smallest bridge from stdio to Streamable HTTP that the official Go SDK allows: what
// a compiled program reaches that does no more than pass messages on.
//
//	yardstick -listen ADDR CHILD [ARGUMENT…]
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
)

const modernVersion = "2026-07-28"

// command starts one more child.
type command func() *exec.Cmd

func main() {
	address := flag.String("listen", "127.0.0.1:0", "address to serve on")
	flag.Parse()
	if err := serve(*address, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(address string, words []string) error {
	child := func() *exec.Cmd {
		made := exec.Command(words[0], words[1:]...)
		made.Stderr = os.Stderr
		return made
	}
	shared, err := newShared(child)
	if err != nil {
		return err
	}
	own := &sessions{child: child, open: map[string]*session{}}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if request.Header.Get("MCP-Protocol-Version") == modernVersion {
			shared.ServeHTTP(writer, request)
			return
		}
		own.ServeHTTP(writer, request)
	}))
}
