// The launcher stands in front of a stdio server in the user's container: it starts the server
// whenever the adapter asks for it, and hands the adapter the pipes.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// version is set by the linker.
var version = "development"

const usage = `usage: launcher [flags] -- COMMAND [ARGUMENT...]
       launcher install PATH
       launcher version
`

// Children must be started from a thread that never ends: the death of that thread, not of the
// process, is what PR_SET_PDEATHSIG tells them about. The main thread is such a one.
func init() { runtime.LockOSThread() }

func main() {
	// The server's container pays for us: collect early and often.
	debug.SetGCPercent(50)
	os.Exit(run(os.Args[1:]))
}

func run(arguments []string) int {
	if len(arguments) == 2 && arguments[0] == "install" {
		return told(install(arguments[1]))
	}
	if len(arguments) == 1 && arguments[0] == "version" {
		fmt.Println(version)
		return 0
	}
	settings, err := parse(arguments)
	if err != nil {
		return 2
	}
	return launch(settings)
}

func told(err error) int {
	if err != nil {
		say("%v", err)
		return 1
	}
	return 0
}

// say writes one line for people to stderr, beside those of the server.
func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "kmcp launcher: "+format+"\n", values...)
}

// settings are read once, at the start.
type settings struct {
	socket             string
	restartPolicy      string
	grace              time.Duration
	relay              bool
	cgroup             string
	terminationMessage string
	command            []string
}

func parse(arguments []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("launcher", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&s.socket, "socket", "/run/kmcp/adapter.sock", "where the adapter listens")
	flags.StringVar(&s.restartPolicy, "restart-policy", "Always", "the Pod's: Always, OnFailure or Never")
	flags.DurationVar(&s.grace, "grace", 25*time.Second, "how long the adapter may drain after SIGTERM")
	flags.BoolVar(&s.relay, "relay", false, "relay bytes instead of passing descriptors")
	flags.StringVar(&s.cgroup, "cgroup", "/sys/fs/cgroup", "the container's cgroup (version 2); empty: no memory guard")
	flags.StringVar(&s.terminationMessage, "termination-message", "/dev/termination-log", "where to say why the server cannot start")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	s.command = flags.Args()
	if problem := s.problem(); problem != "" {
		say("%s", problem)
		return s, fmt.Errorf("%s", problem)
	}
	return s, nil
}

func (s settings) problem() string {
	switch {
	case len(s.command) == 0 || s.command[0] == "":
		return "no command follows after --"
	case s.restartPolicy != "Always" && s.restartPolicy != "OnFailure" && s.restartPolicy != "Never":
		return "--restart-policy is Always, OnFailure or Never"
	case len(s.socket) > 107:
		return "--socket is longer than the 107 bytes that the kernel takes"
	}
	return ""
}
