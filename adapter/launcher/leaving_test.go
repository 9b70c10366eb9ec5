package main

import "testing"

func TestWhenTheLauncherLeaves(t *testing.T) {
	early, late, asked := death{code: 1}, death{code: 1, handshaken: true}, death{asked: true}
	for name, example := range map[string]struct {
		policy         string
		deaths         []death
		running, ready int
		leaves         bool
	}{
		"four early deaths":                  {"Always", []death{early, early, early, early}, 0, 0, false},
		"five early deaths":                  {"Always", []death{early, early, early, early, early}, 0, 0, true},
		"five, but one serves":               {"Always", []death{early, early, early, early, early}, 1, 1, false},
		"five, and others do not answer yet": {"Always", []death{early, early, early, early, early}, 2, 0, true},
		"five, not in a row":                 {"Always", []death{early, early, late, early, early}, 0, 0, false},
		"the adapter ended them":             {"Always", []death{asked, asked, asked, asked, asked}, 0, 0, false},
		"a Job's last server":                {"Never", []death{late}, 0, 0, true},
		"a Job's last but one":               {"OnFailure", []death{late}, 1, 1, false},
		"a Job's last, ended by the adapter": {"OnFailure", []death{asked}, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			history := record{policy: example.policy}
			leaves := false
			for _, one := range example.deaths {
				leaves = history.decide(one, example.running, example.ready)
			}
			if leaves != example.leaves {
				t.Errorf("leaves: %v", leaves)
			}
		})
	}
}

func TestADeathThatTheAdapterAskedForIsTakenBack(t *testing.T) {
	history := record{policy: "Always"}
	for id := range uint32(hopelessAfter) {
		history.decide(death{name: name{id: id}}, 0, 0)
	}
	if history.forgive(name{id: 9}); !history.isHopeless(0) {
		t.Error("another was forgiven")
	}
	if history.forgive(name{id: 3}); history.isHopeless(0) {
		t.Error("it still counts")
	}
}
