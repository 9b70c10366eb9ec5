package main

import (
	"slices"
	"time"
)

// hopelessAfter children in a row that died before their handshake, the kubelet is to know.
const hopelessAfter = 5

// hearsay is how long the verdict waits: that the adapter asked for an end may be heard after it.
const hearsay = 100 * time.Millisecond

// name is what the adapter calls a child.
type name struct {
	connection *connection
	id         uint32
}

// death is what the decision to leave needs to know of a child that has ended, or never began.
type death struct {
	name       name
	handshaken bool
	asked      bool // the adapter, or its absence, ended it
	code       int
	tail       string
}

// record remembers the deaths, and decides when the launcher ends, and how.
type record struct {
	policy string
	inARow []name
}

func (r *record) handshaken() { r.inARow = nil }

// forgive takes a death back that the adapter had asked for.
func (r *record) forgive(n name) {
	r.inARow = slices.DeleteFunc(r.inARow, func(other name) bool { return other == n })
}

// decide says whether to leave after a death, while others are running, some of them ready.
func (r *record) decide(d death, running, ready int) bool {
	if d.asked {
		return r.policy != "Always" && running == 0
	}
	if d.handshaken {
		r.handshaken()
	} else {
		r.inARow = append(r.inARow[max(0, len(r.inARow)-hopelessAfter):], d.name)
	}
	if r.policy != "Always" {
		return running == 0
	}
	return r.isHopeless(ready)
}

func (r *record) isHopeless(ready int) bool { return len(r.inARow) >= hopelessAfter && ready == 0 }
