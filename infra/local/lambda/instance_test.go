package lambda

import (
	"os"
	"testing"
)

// What a process sent just before its end may be read after it: the dead must
// not come back into the pool.
func TestLateRequestsOfAProcessThatHasEnded(t *testing.T) {
	for _, before := range []state{starting, idle, busy, returning} {
		rt, err := NewRuntime(os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		f := rt.Function(Settings{Name: "demo", MaxProcesses: -1}) // starts none
		i := &instance{function: f, state: before, wake: make(chan struct{}, 1), failure: os.ErrProcessDone}
		switch before {
		case starting, returning:
			f.coming = 1
		case idle:
			f.idle = []*instance{i}
		case busy:
			call, err := f.enqueue(nil)
			if err != nil {
				t.Fatal(err)
			}
			f.assign(i, busy)
			defer func() {
				if a := <-call.answer; a.err == nil {
					t.Error("the answer of a dead process counts")
				}
			}()
		}
		f.exited(i)
		waiting, err := f.enqueue(nil)
		if err != nil {
			t.Fatal(err)
		}
		if i.poll() != nil || waiting.instance != nil || f.coming != 0 || len(f.idle) != 0 {
			t.Errorf("state %d: the dead process is back", before)
		}
		if i.complete(waiting.id, nil, nil) {
			t.Errorf("state %d: the dead process answers", before)
		}
		if err := rt.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
