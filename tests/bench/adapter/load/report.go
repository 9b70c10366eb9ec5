package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

const tooMany = 50 // failures of one worker, after which it gives up

// findings gathers what the workers saw.
type findings struct {
	sync.Mutex
	took   []time.Duration
	failed int
	said   map[string]int
}

func (f *findings) add(took []time.Duration, failures []error) {
	f.Lock()
	defer f.Unlock()
	f.took = append(f.took, took...)
	f.failed += len(failures)
	for _, failure := range failures {
		if f.said == nil {
			f.said = map[string]int{}
		}
		said := plain(failure).Error()
		f.said[said[:min(len(said), 220)]]++
	}
}

// plain leaves out the ports of a connection, which differ every time.
func plain(failure error) error {
	var network *net.OpError
	if errors.As(failure, &network) {
		return fmt.Errorf("%s: %w", network.Op, network.Err)
	}
	return failure
}

func (f *findings) print(wall time.Duration) error {
	slices.Sort(f.took)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"calls": len(f.took), "seconds": wall.Seconds(), "failed": f.failed, "said": f.said,
		"p50": f.percentile(0.50), "p90": f.percentile(0.90), "p99": f.percentile(0.99),
		"first": f.percentile(0), "max": f.percentile(1),
	})
}

// percentile returns the milliseconds within which a share of the answers came.
func (f *findings) percentile(share float64) float64 {
	if len(f.took) == 0 {
		return 0
	}
	index := min(int(share*float64(len(f.took))), len(f.took)-1)
	return float64(f.took[index].Nanoseconds()) / 1e6
}
