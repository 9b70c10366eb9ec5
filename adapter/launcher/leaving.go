package main

// hopelessAfter children in a row that died before their handshake, the kubelet is to know.
const hopelessAfter = 5

// death is what the decision to leave needs to know of a child that has ended, or never began.
type death struct {
	handshaken bool
	asked      bool // the adapter, or its absence, ended it
	code       int
	tail       string
}

// record remembers the deaths, and decides when the launcher ends, and how.
type record struct {
	policy string
	inARow int
}

func (r *record) handshaken() { r.inARow = 0 }

// decide says whether to leave after a death, while others are running, some of them ready.
func (r *record) decide(d death, running, ready int) bool {
	if d.asked {
		return r.policy != "Always" && running == 0
	}
	if d.handshaken {
		r.inARow = 0
	} else {
		r.inARow++
	}
	if r.policy != "Always" {
		return running == 0
	}
	return r.inARow >= hopelessAfter && ready == 0
}
