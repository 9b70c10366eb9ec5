// witness is a stdio MCP server that tells where it runs, and fails in the ways that servers fail.
// It needs nothing of the image that it runs in but the loader it was linked for.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		ProtocolVersion string    `json:"protocolVersion"`
		Name            string    `json:"name"`
		Arguments       arguments `json:"arguments"`
	} `json:"params"`
}

type arguments struct {
	Seconds float64 `json:"seconds"`
	Signal  int     `json:"signal"`
	Code    int     `json:"code"`
}

var tools = map[string]func(arguments) any{
	"about": func(arguments) any { return about() },
	"wait": func(a arguments) any {
		time.Sleep(time.Duration(a.Seconds * float64(time.Second)))
		return "waited"
	},
	"tree": func(arguments) any { return tree() },
	"kill": func(a arguments) any { return syscall.Kill(os.Getpid(), syscall.Signal(a.Signal)) },
	"die": func(a arguments) any {
		fail(a.Code)
		return nil
	},
}

func main() {
	switch word := first(os.Args[1:]); word {
	case "install":
		install(os.Args[2])
	case "fail":
		fail(9)
	case "sleep":
		time.Sleep(time.Hour)
	default:
		serve()
	}
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// install copies all that lies beside this program to a folder.
func install(target string) {
	paths, _ := filepath.Glob(filepath.Join(filepath.Dir(os.Args[0]), "witness*"))
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(target, filepath.Base(path)), content, 0o755)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// fail complains in the way of servers that print what they should not.
func fail(code int) {
	fmt.Fprintln(os.Stderr, "cannot log in with", os.Getenv("SECRET"))
	os.Exit(code)
}

// about tells all that the launcher may have changed.
func about() any {
	return map[string]any{
		"arguments": os.Args[1:],
		"uid":       os.Getuid(),
		"pid":       os.Getpid(),
		"parent":    os.Getppid(),
		"readOnly":  os.WriteFile("/written", nil, 0o600) != nil,
		"pipes":     []string{kind(0), kind(1)},
		"loader":    loader(),
	}
}

func kind(descriptor int) string {
	var found syscall.Stat_t
	if err := syscall.Fstat(descriptor, &found); err != nil {
		return err.Error()
	}
	if found.Mode&syscall.S_IFMT == syscall.S_IFIFO {
		return "pipe"
	}
	return "no pipe"
}

// loader returns which dynamic loader is mapped: ld-musl-…, ld-linux-…, or none.
func loader() string {
	maps, _ := os.ReadFile("/proc/self/maps")
	for line := range strings.Lines(string(maps)) {
		if name := filepath.Base(strings.TrimSpace(line)); strings.HasPrefix(name, "ld-") {
			return name
		}
	}
	return ""
}

// tree starts a child that leaves the group, and holds our pipes.
func tree() int {
	child := exec.Command("/proc/self/exe", "sleep")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := child.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 0
	}
	return child.Process.Pid
}

func serve() {
	fmt.Fprintln(os.Stderr, "the witness is heard")
	lines := bufio.NewReader(os.Stdin)
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		line, err := lines.ReadBytes('\n')
		var r request
		if json.Unmarshal(line, &r) == nil && len(r.ID) > 0 {
			calls.Go(func() { answer(r) })
		}
		if err == io.EOF {
			return
		}
	}
}

func answer(r request) {
	switch r.Method {
	case "initialize":
		say(r.ID, "result", map[string]any{
			"protocolVersion": r.Params.ProtocolVersion,
			"capabilities":    map[string]any{"tools": map[string]any{}},
			"serverInfo":      map[string]any{"name": "witness", "version": "1"},
		})
	case "ping":
		say(r.ID, "result", map[string]any{})
	case "tools/list":
		say(r.ID, "result", map[string]any{"tools": listed()})
	case "tools/call":
		call(r)
	default:
		say(r.ID, "error", map[string]any{"code": -32601, "message": "there is no " + r.Method})
	}
}

// listed tells clients what there is to call.
func listed() []any {
	var found []any
	for _, name := range slices.Sorted(maps.Keys(tools)) {
		found = append(found, map[string]any{"name": name, "inputSchema": map[string]any{"type": "object"}})
	}
	return found
}

func call(r request) {
	tool, found := tools[r.Params.Name]
	if !found {
		say(r.ID, "error", map[string]any{"code": -32602, "message": "no such tool"})
		return
	}
	text, _ := json.Marshal(tool(r.Params.Arguments))
	content := map[string]any{"type": "text", "text": string(text)}
	say(r.ID, "result", map[string]any{"content": []any{content}})
}

func say(id json.RawMessage, member string, value any) {
	line, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, member: value})
	os.Stdout.Write(append(line, '\n'))
}
