package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

var errNonsense = errors.New("the adapter sent what is no packet")

// heard takes a packet from the adapter, in the goroutine that receives.
func (l *launcher) heard(c *connection, text []byte) error {
	if text[0] != '{' {
		return l.heardRelay(c, text)
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return errNonsense
	}
	l.post(func() { l.obey(c, m) })
	return nil
}

// obey does what the adapter says; a type from the future is nothing to it.
func (l *launcher) obey(c *connection, m message) {
	switch m.Type {
	case "start":
		l.start(c, m.ID)
	case "stop":
		if one := l.find(c, m.ID); one != nil {
			one.asked = one.asked || m.Reason == ""
			one.stop(l)
		} else if m.Reason == "" {
			l.record.forgive(name{c, m.ID})
		}
	case "handshaken":
		if one := l.find(c, m.ID); one != nil {
			one.handshaken = true
		}
		l.record.handshaken()
	case "drained":
		if l.draining {
			l.leave(0)
		}
	}
}

func (l *launcher) heardRelay(c *connection, text []byte) error {
	if len(text) < headerBytes || (text[0] != inputPacket && text[0] != creditPacket) {
		return errNonsense
	}
	kind, id := text[0], binary.BigEndian.Uint32(text[1:])
	data := append([]byte(nil), text[headerBytes:]...)
	if kind == creditPacket && len(data) != 4 {
		return errNonsense
	}
	l.post(func() { l.relayed(c, kind, id, data) })
	return nil
}

func (l *launcher) relayed(c *connection, kind byte, id uint32, data []byte) {
	one := l.find(c, id)
	if one == nil || one.relay == nil {
		return // it has ended meanwhile
	}
	if kind == creditPacket {
		one.relay.grant(int(min(binary.BigEndian.Uint32(data), relayWindow)))
	} else if !one.relay.input(data) {
		c.close()
	}
}
