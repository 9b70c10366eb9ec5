package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

const warmTime = time.Second // after which a slow server is warm enough

// worker is one connection of a client, with one call under way at a time.
type worker struct {
	client     *client
	connection *connection
}

func (w worker) call(filler string) error {
	w.connection.id++
	return w.client.call(w.connection, w.connection.id, filler)
}

// workers returns every connection, open and warm. Connections of one session share its ids, so
// that no id is twice under way; every client counts from the start, as real ones do.
func (o options) workers() ([]worker, error) {
	var all []worker
	for number := range o.clients {
		for index := range o.connections {
			w := worker{connection: &connection{target: o.target, id: int64(index) * 1_000_000}}
			if o.modern {
				w.client = modernClient(number*o.connections + index)
				w.connection.id = 0
			} else if index > 0 {
				w.client = all[len(all)-1].client
			} else {
				var err error
				if w.client, err = legacyClient(w.connection, number); err != nil {
					return nil, err
				}
			}
			all = append(all, w)
		}
	}
	return all, o.warmed(all)
}

func (o options) warmed(all []worker) error {
	filler := o.filler()
	failures := make([]error, len(all))
	each(all, func(index int, w worker) {
		for began := time.Now(); w.connection.warm < o.warm && time.Since(began) < warmTime; {
			w.connection.warm++
			if err := w.call(filler); err != nil {
				failures[index] = fmt.Errorf("warm-up: %w", plain(err))
			}
		}
	})
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}

func each(all []worker, do func(int, worker)) {
	var group sync.WaitGroup
	for index, w := range all {
		group.Go(func() { do(index, w) })
	}
	group.Wait()
}

func calls(o options) error {
	all, err := o.workers()
	if err != nil {
		return err
	}
	var found findings
	filler := o.filler()
	began := time.Now()
	each(all, func(_ int, w worker) {
		var took []time.Duration
		var failures []error
		for time.Since(began) < o.span && len(failures) < tooMany {
			asked := time.Now()
			if err := w.call(filler); err != nil {
				failures = append(failures, err)
			} else {
				took = append(took, time.Since(asked))
			}
		}
		found.add(took, failures)
	})
	wall := time.Since(began)
	left(all)
	return found.print(wall)
}

// left ends every session; the first connection of each speaks for all.
func left(all []worker) {
	ended := map[*client]bool{}
	for _, w := range all {
		if ended[w.client] {
			w.connection.close()
			continue
		}
		ended[w.client] = true
		w.client.leave(w.connection)
	}
}

func newSessions(o options) error {
	var found findings
	var wall time.Duration
	for number := range o.count {
		time.Sleep(o.pause)
		c := &connection{target: o.target}
		asked := time.Now()
		opened, err := legacyClient(c, number)
		if err != nil {
			found.add(nil, []error{err})
			c.close()
			continue
		}
		found.add([]time.Duration{time.Since(asked)}, nil)
		wall += time.Since(asked)
		opened.leave(c)
	}
	return found.print(wall)
}

// hold opens sessions, calls once in each, says so, and leaves when stdin ends.
func hold(o options) error {
	all, err := o.workers()
	if err != nil {
		return err
	}
	fmt.Println("held")
	io.Copy(io.Discard, os.Stdin)
	left(all)
	return nil
}
