package chariot

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// The operating system was installed anew, and the state brought back.
func TestMoveToANewSystem(t *testing.T) {
	v, old := newVendor(t), t.TempDir()
	m := onComputer(t, v, old, "a")
	before, err := m.Activate(t.Context(), v.key.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	dir := copyState(t, old)
	m = onComputer(t, v, dir, "b")
	// The first answer is lost, in the middle of the person's patience.
	v.spoils(func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		return false, strings.HasSuffix(r.URL.Path, "/reactivate")
	})
	if _, err := m.Reactivate(t.Context()); err == nil {
		t.Fatal("the lost answer came")
	}
	v.spoils(nil)
	after, err := m.Reactivate(t.Context())
	if err != nil || !after.Licensed || after.Fingerprint == before.Fingerprint || after.ActivationID != before.ActivationID {
		t.Fatalf("%+v, %v", after, err)
	}
	if v.seats() != "1 opened, held true" || len(v.sequences) != 3 || v.sequences[1] != v.sequences[2] {
		t.Errorf("%s, sequences %v: want one seat, and one intent for both tries", v.seats(), v.sequences)
	}
	m.Close()
	if m = onComputer(t, v, dir, ""); m.Fingerprint() != after.Fingerprint {
		t.Error("the machine is not at home on its new system")
	}
	m.Close()
	left := onComputer(t, v, old, "a")
	defer left.Close()
	if _, err := left.Reactivate(t.Context()); !errors.Is(err, ErrSeatMoved) {
		t.Errorf("the one that was left: %v", err)
	}
}

// An unanswered move is finished by whatever is asked for next.
func TestWishesWhileAMoveWaits(t *testing.T) {
	for _, call := range []string{"activate", "reactivate", "deactivate"} {
		v, old := newVendor(t), t.TempDir()
		m := onComputer(t, v, old, "a")
		if err := v.run(m, "activate"); err != nil {
			t.Fatal(err)
		}
		m.Close()
		m = onComputer(t, v, copyState(t, old), "b")
		v.spoils(func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) { return false, true })
		if err := v.run(m, "move"); err == nil {
			t.Fatal("the lost answer came")
		}
		v.spoils(nil)
		if s, err := m.Status(); err != nil || s.Pending != "reactivate" {
			t.Errorf("waiting: %+v, %v", s, err)
		}
		if err := v.run(m, call); err != nil {
			t.Errorf("%s: %v", call, err)
		}
		s, err := m.Status()
		if err != nil || s.Pending != "" || s.Licensed != (call != "deactivate") {
			t.Errorf("%s: %+v, %v", call, s, err)
		}
		if want := fmt.Sprintf("1 opened, held %t", call != "deactivate"); v.seats() != want {
			t.Errorf("%s: %s, want %s", call, v.seats(), want)
		}
		m.Close()
	}
}

// The computer changes again before the move was answered: the seat comes along.
func TestMoveTwice(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := onComputer(t, v, dir, "a")
	if err := v.run(m, "activate"); err != nil {
		t.Fatal(err)
	}
	m.Close()
	m = onComputer(t, v, dir, "b")
	v.spoils(func(http.ResponseWriter, *http.Request, int) (bool, bool) { return false, true })
	if err := v.run(m, "move"); err == nil {
		t.Fatal("the lost answer came")
	}
	v.spoils(nil)
	m.Close()
	m = onComputer(t, v, dir, "c")
	defer m.Close()
	if s, err := m.Reactivate(t.Context()); err != nil || !s.Licensed {
		t.Errorf("%+v, %v", s, err)
	}
}

// An activation whose answer was lost is repeated after the seat moved away: told
// once, the next one is a wish of its own.
func TestActivationAfterTheSeatMoved(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	m.settings.Patience = -1
	v.spoils(func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		return false, r.URL.Path == "/v1/activations"
	})
	if err := v.run(m, "activate"); err == nil {
		t.Fatal("the lost answer came")
	}
	v.spoils(nil)
	v.change(func() { v.movedFrom, v.holder.Fingerprint = m.Fingerprint(), "another" })
	if err := v.run(m, "activate"); !errors.Is(err, ErrSeatMoved) {
		t.Errorf("first %v", err)
	}
	if err := v.run(m, "activate"); !isProblem(err, seatsTaken) {
		t.Errorf("then %v", err)
	}
}

// A deactivation that has begun is finished on the new system, for the old one.
func TestDeactivationGoesOnOnANewSystem(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := onComputer(t, v, dir, "a")
	if err := v.run(m, "activate"); err != nil {
		t.Fatal(err)
	}
	v.spoils(func(http.ResponseWriter, *http.Request, int) (bool, bool) { panic(http.ErrAbortHandler) })
	if err := v.run(m, "deactivate"); err == nil {
		t.Fatal("an answer came")
	}
	v.spoils(nil)
	m.Close()
	m = onComputer(t, v, dir, "b")
	defer m.Close()
	if err := v.run(m, "deactivate"); err != nil || v.seats() != "1 opened, held false" {
		t.Errorf("%v, %s", err, v.seats())
	}
}
