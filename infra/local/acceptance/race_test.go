package acceptance

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// all runs n calls at once.
func all(n int, call func(i int) reply) []reply {
	replies := make([]reply, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { replies[i] = call(i) })
	}
	wait.Wait()
	return replies
}

func count(replies []reply, is func(reply) bool) (n int) {
	for _, r := range replies {
		if is(r) {
			n++
		}
	}
	return n
}

func TestHundredMachinesOnFiveSeats(t *testing.T) {
	s := start(t, t.TempDir())
	for range 3 {
		id, key := s.issue(t, 5)
		replies := all(100, func(i int) reply { return s.activate(key, i) })
		granted := count(replies, func(r reply) bool { return r.status == 201 })
		taken := count(replies, func(r reply) bool {
			return r.status == 409 && r.code() == "seats-taken" && r.at("seats") == 5.0
		})
		if granted != 5 || taken != 95 || s.used(t, id) != 5 {
			t.Errorf("%d granted, %d times seats-taken, %d used; want 5, 95 and 5", granted, taken, s.used(t, id))
		}
	}
}

func TestOneMachineAHundredTimes(t *testing.T) {
	s := start(t, t.TempDir())
	for range 3 {
		id, key := s.issue(t, 5)
		replies := all(100, func(int) reply { return s.activate(key, 1) })
		good := count(replies, func(r reply) bool { return r.status/100 == 2 })
		opened := count(replies, func(r reply) bool { return r.status == 201 })
		same := count(replies, func(r reply) bool { return r.at("certificate") == replies[0].at("certificate") })
		if good != 100 || opened != 1 || same != 100 || s.used(t, id) != 1 {
			t.Errorf("%d × 2xx, %d × 201, %d the same certificate, %d seats; want 100, 1, 100, 1", good, opened, same, s.used(t, id))
		}
	}
}

// killedAt kills one part after another while machines activate: what was
// acknowledged is there, and asking again costs no second seat.
func TestPartsKilledUnderLoad(t *testing.T) {
	s := start(t, t.TempDir())
	id, key := s.issue(t, 1000)
	stop := make(chan struct{})
	var killer sync.WaitGroup
	kills := 0
	killer.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(150 * time.Millisecond):
			}
			if pids := s.children(t); len(pids) > 0 {
				_ = syscall.Kill(pids[kills%len(pids)], syscall.SIGKILL)
				kills++
			}
		}
	})
	const machines = 60
	var load sync.WaitGroup
	answers := make([]reply, machines)
	for worker := range 6 {
		load.Go(func() {
			for i := worker; i < machines; i += 6 {
				for try := 0; try < 40 && answers[i].status/100 != 2; try++ {
					answers[i] = s.activate(key, i)
					time.Sleep(20 * time.Millisecond)
				}
			}
		})
	}
	load.Wait()
	close(stop)
	killer.Wait()
	if kills < 3 {
		t.Fatalf("only %d kills: the test has shown nothing", kills)
	}
	for i := range machines {
		again := s.activate(key, i)
		if answers[i].status/100 != 2 || again.status != 200 || again.at("activation", "id") != answers[i].at("activation", "id") {
			t.Errorf("machine %d: %d %s, then %d %s", i, answers[i].status, answers[i].raw, again.status, again.raw)
		}
	}
	if used := s.used(t, id); used != machines {
		t.Errorf("%d seats are used by %d machines", used, machines)
	}
	t.Logf("%d processes killed", kills)
}

// The whole stack dies under load, and comes back as it was.
func TestStackKilledUnderLoad(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	id, key := s.issue(t, 1000)
	const machines = 200
	var answered sync.Map
	var load sync.WaitGroup
	for worker := range 8 {
		load.Go(func() {
			for i := worker; i < machines; i += 8 {
				if r := s.activate(key, i); r.status/100 == 2 {
					answered.Store(i, r)
				}
			}
		})
	}
	for acknowledged := 0; acknowledged < 20; time.Sleep(time.Millisecond) {
		acknowledged = 0
		answered.Range(func(any, any) bool { acknowledged++; return true })
	}
	children := s.children(t)
	s.end(syscall.SIGKILL)
	load.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left := slices.DeleteFunc(slices.Clone(children), func(pid int) bool { return syscall.Kill(pid, 0) != nil })
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("processes %v outlive the stack", left)
		}
	}
	s = start(t, dir)
	acknowledged, unanswered := 0, 0
	for i := range machines {
		again := s.activate(key, i)
		before, known := answered.Load(i)
		switch {
		case !known:
			unanswered++
			if again.status/100 != 2 {
				t.Errorf("machine %d asked again: %d %s", i, again.status, again.raw)
			}
		case again.status != 200 || fmt.Sprint(again.at("certificate")) != before.(reply).at("certificate"):
			t.Errorf("machine %d was activated, and is not: %d %s", i, again.status, again.raw)
		default:
			acknowledged++
		}
	}
	t.Logf("%d acknowledged before the kill, %d not", acknowledged, unanswered)
	r := s.send("GET", "/v1/support/licenses/"+id, "", "look")
	if unanswered == 0 || r.at("license", "seats", "used") != float64(machines) {
		t.Errorf("%d unanswered; used %v, want %d", unanswered, r.at("license", "seats", "used"), machines)
	}
}
