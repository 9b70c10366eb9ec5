// null answers an MCP client of either era by itself: over HTTP it is the ceiling of what the load
// generator and loopback allow, and with -stdio it is a fast child that speaks both eras.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
)

var sessions atomic.Int64

func main() {
	stdio := flag.Bool("stdio", false, "serve on stdin and stdout")
	listen := flag.String("listen", "127.0.0.1:0", "address to serve on")
	flag.Parse()
	if *stdio {
		serveLines(bufio.NewReaderSize(os.Stdin, 256<<10), bufio.NewWriterSize(os.Stdout, 256<<10))
		return
	}
	listener, err := net.Listen("tcp", *listen)
	if err == nil {
		err = http.Serve(listener, http.HandlerFunc(serveHTTP))
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// serveLines answers line by line, with one write for everything that has been read.
func serveLines(in *bufio.Reader, out *bufio.Writer) {
	var line []byte
	for {
		var err error
		if line, err = readLine(in, line); err != nil {
			return
		}
		if answer := answered(line); answer != nil {
			for _, part := range answer {
				out.Write(part)
			}
			out.WriteByte('\n')
		}
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}

func readLine(in *bufio.Reader, line []byte) ([]byte, error) {
	line = line[:0]
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

func serveHTTP(writer http.ResponseWriter, request *http.Request) {
	if request.Method == http.MethodDelete {
		return
	}
	if request.Method != http.MethodPost {
		writer.Header().Set("Allow", "POST, DELETE")
		writer.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := read(request)
	if err != nil {
		return
	}
	answer := answered(body)
	if answer == nil {
		writer.WriteHeader(http.StatusAccepted)
		return
	}
	send(writer, request, answer)
}

func read(request *http.Request) ([]byte, error) {
	if request.ContentLength < 0 {
		return io.ReadAll(request.Body)
	}
	body := make([]byte, request.ContentLength)
	_, err := io.ReadFull(request.Body, body)
	return body, err
}

func send(writer http.ResponseWriter, request *http.Request, answer [][]byte) {
	length := 0
	for _, part := range answer {
		length += len(part)
	}
	header := writer.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(length))
	if request.Header.Get("Mcp-Session-Id") == "" && request.Header.Get("Mcp-Method") == "" {
		header.Set("Mcp-Session-Id", strconv.FormatInt(sessions.Add(1), 10))
	}
	for _, part := range answer {
		writer.Write(part)
	}
}
