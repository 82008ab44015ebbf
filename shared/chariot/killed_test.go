package chariot

import (
	"fmt"
	"slices"
	"testing"
)

// killed is how a test ends a call, as the kernel ends a process.
type killed struct{}

// run makes the call of a name, as a person does who tries again.
func (v *vendor) run(m *Machine, call string) (err error) {
	switch call {
	case "activate":
		_, err = m.Activate(v.Context(), v.key.Reveal())
	case "reactivate", "move":
		_, err = m.Reactivate(v.Context())
	case "deactivate":
		_, err = m.Deactivate(v.Context())
	}
	return err
}

// runKilled makes a call that dies before the step at of its writes, counted from
// 0, and reports whether it got through before.
func (v *vendor) runKilled(dir, call string, at int) (survived bool) {
	m := v.machine(dir, nil)
	defer func() {
		if p := recover(); p != nil && p != any(killed{}) {
			panic(p)
		}
		m.lock.Close() // as the kernel does
	}()
	step := 0
	m.disk.before = func(string) {
		if step++; step > at {
			panic(killed{})
		}
	}
	return v.run(m, call) == nil
}

// The machine is killed before each step of each write of its state. The next
// start finishes what was begun, with one seat, and the same intent where it had
// been sent.
func TestKilledAtEveryStep(t *testing.T) {
	for _, call := range []string{"activate", "reactivate", "move", "deactivate"} {
		at := 0
		for !survivesKill(t, call, at) {
			at++
		}
		if at < 4 {
			t.Errorf("%s: only %d steps", call, at)
		}
	}
}

func survivesKill(t *testing.T, call string, at int) (survived bool) {
	v, dir := newVendor(t), t.TempDir()
	if call != "activate" {
		m := v.machine(dir, nil)
		if err := v.run(m, "activate"); err != nil {
			t.Fatal(err)
		}
		m.Close()
		v.sequences = nil
	}
	if call == "move" {
		v.computer = "computer b"
	}
	survived = v.runKilled(dir, call, at)
	m := v.machine(dir, nil)
	defer m.Close()
	stood, err := m.Status()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.run(m, call); err != nil {
		t.Fatalf("%s, killed at step %d, and again: %v", call, at, err)
	}
	if want := fmt.Sprintf("1 opened, held %t", call != "deactivate"); v.seats() != want {
		t.Errorf("%s, killed at step %d: %s, want %s", call, at, v.seats(), want)
	}
	// One intent, unless its answer was on disk already: then it is a new one.
	sent := len(slices.Compact(slices.Clone(v.sequences)))
	if sent > 1 && !(call == "activate" && stood.Licensed) {
		t.Errorf("%s, killed at step %d: sequences %v, want one", call, at, v.sequences)
	}
	if after, err := m.Status(); err != nil || after.Licensed != (call != "deactivate") {
		t.Errorf("%s, killed at step %d, and again: %+v, %v", call, at, after, err)
	}
	return survived
}
