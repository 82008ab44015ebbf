package activation_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

func TestMove(t *testing.T) {
	p := newPlant(t, 1) // no free seat is needed
	a := p.licensed(machineA, seq(1))
	id := a.Activation.ID
	moved, err := p.move(machineA, id, machineB, seq(2))
	if err != nil {
		t.Fatal(err)
	}
	if c := p.verify(moved, machineB); c.ActivationID != id || moved.Activation.ID != id || moved.License.Used != 1 {
		t.Errorf("moved: %+v", moved)
	}
	if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineB}) {
		t.Errorf("%v hold seats, want the new fingerprint alone", got)
	}
	// What follows the move: its repetition, a plain reactivate and an activate
	// that come late from the old fingerprint.
	for name, answer := range map[string]func() (string, error){
		"the move again": func() (string, error) {
			l, err := p.move(machineA, id, machineB, seq(2))
			return certificateOf(l, err)
		},
		"reactivate by the old fingerprint": func() (string, error) { return certificateOf(p.reactivate(machineA, id)) },
		"reactivate by the new fingerprint": func() (string, error) { return certificateOf(p.reactivate(machineB, id)) },
		"a late activate by the old one":    func() (string, error) { return certificateOf(p.activate(machineA, seq(1))) },
	} {
		if got, err := answer(); err != nil || got != moved.Certificate {
			t.Errorf("%s: %v; want the certificate of the moved activation", name, err)
		}
	}
	if _, err := p.activate(machineA, seq(3)); !reflect.DeepEqual(err, &license.SeatsTakenError{Seats: 1}) {
		t.Errorf("a new wish of the old fingerprint: %v, want it to need a seat of its own", err)
	}
	if err := p.deactivate(machineA, id, seq(4)); err != nil || len(p.holders()) != 0 {
		t.Errorf("deactivate by the old fingerprint: %v, %v", err, p.holders())
	}
	if err := p.deactivate(machineB, id, seq(4)); err != nil {
		t.Errorf("deactivate repeated by the new fingerprint: %v", err)
	}
	if _, err := p.activate(machineA, seq(1)); !reflect.DeepEqual(err, &license.SupersededError{Sequence: *seq(2)}) {
		t.Errorf("a late activate after all that: %v, want it superseded", err)
	}
}

func TestMoveToAMachineThatHoldsASeat(t *testing.T) {
	p := newPlant(t, 2)
	a, b := p.licensed(machineA, seq(1)), p.licensed(machineB, seq(1))
	answer, err := p.move(machineA, a.Activation.ID, machineB, seq(2))
	if err != nil || answer.Activation.ID != b.Activation.ID || answer.Certificate != b.Certificate {
		t.Fatalf("%+v, %v; want the activation that the new fingerprint has", answer, err)
	}
	if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineB}) {
		t.Errorf("%v hold seats; want the old one freed", got)
	}
	if again, err := p.move(machineA, a.Activation.ID, machineB, seq(2)); err != nil || again.Certificate != b.Certificate {
		t.Errorf("the move again: %v", err)
	}
}

func TestMoveIsOrdered(t *testing.T) {
	p := newPlant(t, 3)
	a := p.licensed(machineA, seq(1)).Activation.ID
	if _, err := p.move(machineA, a, machineB, seq(2)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.move(machineB, a, machineC, seq(3)); err != nil {
		t.Fatal(err)
	}
	// A late copy of the first move does not bring machine B back.
	if _, err := p.move(machineA, a, machineB, seq(2)); !reflect.DeepEqual(err, &license.SupersededError{Sequence: *seq(3)}) {
		t.Errorf("the first move again: %v, want it superseded", err)
	}
	if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineC}) {
		t.Errorf("%v hold seats, want the last one", got)
	}
	// Through both moves, and home again.
	if answer, err := p.reactivate(machineA, a); err != nil || answer.Activation.Fingerprint != machineC {
		t.Errorf("reactivate by the first fingerprint: %+v, %v", answer, err)
	}
	if answer, err := p.move(machineC, a, machineA, seq(4)); err != nil || answer.Activation.Fingerprint != machineA {
		t.Errorf("moving home: %+v, %v", answer, err)
	}
	if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineA}) {
		t.Errorf("%v hold seats, want the first one", got)
	}
}

// The seat moved, was given back, and the new machine took another: a late
// deactivation by the old fingerprint is about the first.
func TestLateDeactivationDoesNotFollowIntoANewOpening(t *testing.T) {
	p := newPlant(t, 1)
	id := p.licensed(machineA, seq(1)).Activation.ID
	if _, err := p.move(machineA, id, machineB, seq(2)); err != nil {
		t.Fatal(err)
	}
	if err := p.deactivate(machineB, id, seq(3)); err != nil {
		t.Fatal(err)
	}
	p.licensed(machineB, seq(4))
	for _, machine := range []license.Fingerprint{machineA, machineB} {
		if err := p.deactivate(machine, id, seq(3)); err != nil || len(p.holders()) != 1 {
			t.Errorf("late deactivation: %v, %v; want nothing to change", err, p.holders())
		}
	}
	if _, err := p.reactivate(machineA, id); !errors.Is(err, license.ErrActivationNotFound) {
		t.Errorf("reactivate by the old fingerprint: %v", err)
	}
}

func TestMoveToAReleasedMachine(t *testing.T) {
	p := newPlant(t, 2)
	a := p.licensed(machineA, seq(1)).Activation.ID
	p.licensed(machineB, seq(1))
	p.release(machineB)
	if _, err := p.move(machineA, a, machineB, nil); !isReleased(err) {
		t.Errorf("without a sequence: %v, want *license.ReleasedError", err)
	}
	if _, err := p.move(machineA, a, machineB, seq(5)); err != nil {
		t.Errorf("a person asked: %v", err)
	}
}

// P4: a late move or deactivation changes nothing that is newer.
func TestLateMovesAndDeactivations(t *testing.T) {
	p := newPlant(t, 1)
	id := p.licensed(machineA, seq(1)).Activation.ID
	if _, err := p.move(machineA, id, machineB, seq(0)); !reflect.DeepEqual(err, &license.SupersededError{Sequence: *seq(1)}) {
		t.Errorf("a move from before the activation: %v", err)
	}
	if err := p.deactivate(machineA, id, seq(0)); !reflect.DeepEqual(err, &license.SupersededError{Sequence: *seq(1)}) {
		t.Errorf("a deactivation from before the activation: %v", err)
	}
	if _, err := p.move(machineA, id, machineC, seq(11)); err != nil {
		t.Fatal(err)
	}
	late := func(when string, newest int64, holder license.Fingerprint) {
		t.Helper()
		want := &license.SupersededError{Sequence: *seq(newest)}
		if _, err := p.move(machineA, id, machineB, seq(10)); !reflect.DeepEqual(err, want) {
			t.Errorf("%s, a late move: %v, want %v", when, err, want)
		}
		if err := p.deactivate(machineA, id, seq(10)); !reflect.DeepEqual(err, want) {
			t.Errorf("%s, a late deactivation: %v, want %v", when, err, want)
		}
		if got := p.holders(); !slices.Equal(got, []license.Fingerprint{holder}) {
			t.Errorf("%s: %v hold seats", when, got)
		}
	}
	late("moved", 11, machineC)
	if _, err := p.move(machineC, id, machineA, seq(12)); err != nil {
		t.Fatal(err)
	}
	late("home again", 12, machineA)
}

// The old machine takes a seat of its own again: what it says of the moved one
// still follows the move.
func TestMovedSeatIsFoundFromAMachineWithANewOne(t *testing.T) {
	p := newPlant(t, 2)
	id := p.licensed(machineA, seq(1)).Activation.ID
	moved, err := p.move(machineA, id, machineB, seq(2))
	if err != nil {
		t.Fatal(err)
	}
	p.licensed(machineA, seq(3))
	if again, err := p.move(machineA, id, machineB, seq(2)); err != nil || again.Certificate != moved.Certificate {
		t.Errorf("the move again: %v", err)
	}
	if err := p.deactivate(machineA, id, seq(4)); err != nil {
		t.Fatal(err)
	}
	if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineA}) {
		t.Errorf("%v hold seats; want the moved one freed, and only that", got)
	}
}

// Through many moves, a machine still knows the IDs that it held by them.
func TestManyMoves(t *testing.T) {
	p := newPlant(t, 1)
	id := p.licensed(machineA, seq(1)).Activation.ID
	at, last := int64(1), machineA
	for c := byte('1'); c <= '9'; c++ {
		at++
		next := licensetest.Fingerprint(c)
		if _, err := p.move(last, id, next, seq(at)); err != nil {
			t.Fatal(err)
		}
		last = next
	}
	if answer, err := p.reactivate(machineA, id); err != nil || answer.Activation.Fingerprint != last {
		t.Errorf("reactivate by the first of ten fingerprints: %v", err)
	}
	if err := p.deactivate(last, id, seq(at+1)); err != nil {
		t.Fatal(err)
	}
	p.licensed(last, seq(at+2))
	for _, machine := range []license.Fingerprint{machineA, last} {
		if err := p.deactivate(machine, id, seq(at+1)); err != nil || len(p.holders()) != 1 {
			t.Errorf("its deactivation repeated: %v, %v", err, p.holders())
		}
	}
}

// A sequence of 0 is a sequence: what was opened with it can be closed.
func TestSequenceZero(t *testing.T) {
	p := newPlant(t, 1)
	zero := int64(0)
	a := p.licensed(machineA, &zero)
	if _, err := p.move(machineA, a.Activation.ID, machineB, &zero); err != nil {
		t.Errorf("move: %v", err)
	}
	if err := p.deactivate(machineB, a.Activation.ID, &zero); err != nil || len(p.holders()) != 0 {
		t.Errorf("deactivate: %v, %v", err, p.holders())
	}
}
