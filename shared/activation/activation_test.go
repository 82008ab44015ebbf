package activation_test

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

func TestTheLifeOfASeat(t *testing.T) {
	p := newPlant(t, 1)
	first := p.licensed(machineA, seq(1))
	if c := p.verify(first, machineA); !first.New || c.ActivationID != first.Activation.ID || c.Revision != 1 || first.License.Used != 1 {
		t.Errorf("activated: %+v, certificate %+v", first, c)
	}
	if _, err := p.activate(machineB, seq(1)); !reflect.DeepEqual(err, &license.SeatsTakenError{Seats: 1}) {
		t.Errorf("a second machine on one seat: %v", err)
	}

	p.amend(func(l *license.License) {
		l.Features = append(l.Features, license.Feature{Name: "iot-bridge-snowflake", Metered: true})
	})
	updated, err := p.reactivate(machineA, first.Activation.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.verify(updated, machineA); len(c.Features) != 2 || c.Revision != 2 || c.ActivationID != first.Activation.ID {
		t.Errorf("reactivated: %+v", c)
	}

	if err := p.deactivate(machineA, first.Activation.ID, seq(2)); err != nil {
		t.Fatal(err)
	}
	if second := p.licensed(machineB, seq(1)); !second.New {
		t.Error("the free seat was not given to the next machine")
	}
	want := []license.EventKind{license.Activated, license.Deactivated, license.Reactivated, license.Changed, license.Activated, license.Issued}
	// Events of one millisecond have no order among themselves.
	got := p.events()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("on record: %v, want %v", got, want)
	}
}

// Repetitions cost nothing: the same bytes, no signature, one call to AWS.
func TestUnchangedIsOneReadAndNoSignature(t *testing.T) {
	p := newPlant(t, 1)
	first := p.licensed(machineA, seq(1))
	again := map[string]func() (*activation.Licensed, error){
		"activate, the same intent":  func() (*activation.Licensed, error) { return p.activate(machineA, seq(1)) },
		"activate, an older intent":  func() (*activation.Licensed, error) { return p.activate(machineA, seq(0)) },
		"activate, without sequence": func() (*activation.Licensed, error) { return p.activate(machineA, nil) },
		"activate, far ahead":        func() (*activation.Licensed, error) { return p.activate(machineA, seq(1e12)) },
		"reactivate":                 func() (*activation.Licensed, error) { return p.reactivate(machineA, first.Activation.ID) },
	}
	for name, call := range again {
		requests, signatures := p.injector.Requests(), p.signer.Signatures()
		answer, err := call()
		if err != nil || answer.Certificate != first.Certificate || answer.New {
			t.Errorf("%s: %+v, %v; want the same certificate", name, answer, err)
		}
		if n := p.injector.Requests() - requests; n != 1 {
			t.Errorf("%s: %d calls to DynamoDB, want 1", name, n)
		}
		if n := p.signer.Signatures() - signatures; n != 0 {
			t.Errorf("%s: %d signatures, want none", name, n)
		}
	}
}

// A key that replaced another costs one call more.
func TestCallsInSequence(t *testing.T) {
	for more, name := range []string{"first key", "replaced key"} {
		t.Run(name, func(t *testing.T) {
			p := newPlant(t, 2)
			if more == 1 {
				p.replaceKey()
			}
			countCalls(t, p, more)
		})
	}
}

func countCalls(t *testing.T, p *plant, more int) {
	count := func(name string, want int, call func() error) {
		t.Helper()
		before := p.injector.Requests() + p.signer.Signatures()
		if err := call(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := p.injector.Requests() + p.signer.Signatures() - before; n != want+more {
			t.Errorf("%s: %d calls to AWS, want %d", name, n, want+more)
		}
	}
	var a *activation.Licensed
	count("activate", 3, func() (err error) { a, err = p.activate(machineA, seq(1)); return err })
	count("reactivate, unchanged", 1, func() error { _, err := p.reactivate(machineA, a.Activation.ID); return err })
	count("move", 3, func() error { _, err := p.move(machineA, a.Activation.ID, machineB, seq(2)); return err })
	count("deactivate", 2, func() error { return p.deactivate(machineB, a.Activation.ID, seq(3)) })
}

func TestRefusalsOfTheLicense(t *testing.T) {
	tests := []struct {
		name string
		with func(*license.License)
		want error
	}{
		{"suspended", func(l *license.License) { l.State = license.Suspended }, license.ErrSuspended},
		{"revoked beats expired", func(l *license.License) { l.State, l.Expires = license.Revoked, licensetest.Noon() }, license.ErrRevoked},
		{"expired beats deployment", func(l *license.License) { l.Expires, l.Deployment = licensetest.Noon(), license.Floating },
			&license.ExpiredError{At: licensetest.Noon()}},
		{"floating", func(l *license.License) { l.Deployment = license.Floating }, &license.DeploymentError{Deployment: license.Floating}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlant(t, 1, tt.with)
			before := p.signer.Signatures()
			if _, err := p.activate(machineA, nil); !reflect.DeepEqual(err, tt.want) {
				t.Errorf("activate: %v, want %v", err, tt.want)
			}
			if _, err := p.reactivate(machineA, "act_none"); !reflect.DeepEqual(err, tt.want) {
				t.Errorf("reactivate: %v, want %v", err, tt.want)
			}
			if n := p.signer.Signatures() - before; n != 0 || len(p.holders()) != 0 {
				t.Errorf("%d signatures, %v; a refusal costs nothing", n, p.holders())
			}
		})
	}
	p := newPlant(t, 1, func(l *license.License) { l.Deployment = license.Offline })
	if _, err := p.reactivate(machineA, "act_none"); !errors.Is(err, license.ErrOfflineActivation) {
		t.Errorf("reactivating an offline license: %v", err)
	}
	if _, err := p.activate(machineA, nil); !reflect.DeepEqual(err, &license.DeploymentError{Deployment: license.Offline}) {
		t.Errorf("activating an offline license online: %v", err)
	}
}

// A machine may always give its seat back.
func TestDeactivateInEveryState(t *testing.T) {
	for _, change := range []func(*license.License){
		func(l *license.License) { l.State = license.Suspended },
		func(l *license.License) { l.State = license.Revoked },
		func(l *license.License) { l.Expires = licensetest.Noon() },
		func(l *license.License) { l.Seats = 1 },
	} {
		p := newPlant(t, 2)
		a := p.licensed(machineA, nil)
		p.licensed(machineB, nil)
		p.amend(change)
		if err := p.deactivate(machineA, a.Activation.ID, nil); err != nil || len(p.holders()) != 1 {
			t.Errorf("deactivate: %v, %v", err, p.holders())
		}
	}
}

func TestNamesOfActivations(t *testing.T) {
	p := newPlant(t, 3)
	old := p.licensed(machineA, seq(1)).Activation.ID
	if err := p.deactivate(machineA, old, seq(2)); err != nil {
		t.Fatal(err)
	}
	a := p.licensed(machineA, seq(3)).Activation.ID
	b := p.licensed(machineB, seq(1)).Activation.ID
	tests := []struct {
		name         string
		machine      license.Fingerprint
		id           license.ActivationID
		deactivation error
	}{
		{"an older activation of this machine", machineA, old, nil},
		{"another machine's", machineA, b, license.ErrActivationNotFound},
		{"a machine never seen", machineC, a, license.ErrActivationNotFound},
		{"one that never was", machineA, license.NewActivationID(p.id, machineC, [17]byte{9}), license.ErrActivationNotFound},
		{"no ID at all", machineA, "", license.ErrActivationNotFound},
	}
	for _, tt := range tests {
		if err := p.deactivate(tt.machine, tt.id, nil); !errors.Is(err, tt.deactivation) {
			t.Errorf("deactivate, %s: %v, want %v", tt.name, err, tt.deactivation)
		}
		if _, err := p.reactivate(tt.machine, tt.id); !errors.Is(err, license.ErrActivationNotFound) {
			t.Errorf("reactivate, %s: %v, want license.ErrActivationNotFound", tt.name, err)
		}
	}
	if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineA, machineB}) {
		t.Errorf("%v hold seats; want both untouched", got)
	}
}

// P4: a late copy of an old request changes nothing.
func TestLateCopies(t *testing.T) {
	p := newPlant(t, 1)
	superseded := &license.SupersededError{Sequence: *seq(2)}
	first := p.licensed(machineA, seq(1))
	p.licensed(machineA, seq(1)) // a retry that arrived while it was active
	if err := p.deactivate(machineA, first.Activation.ID, seq(2)); err != nil {
		t.Fatal(err)
	}
	for _, sequence := range []*int64{seq(1), seq(2)} {
		if _, err := p.activate(machineA, sequence); !reflect.DeepEqual(err, superseded) {
			t.Errorf("the old activate again: %v, want %v", err, superseded)
		}
	}
	second := p.licensed(machineA, seq(3))
	if second.Activation.ID == first.Activation.ID {
		t.Error("a new opening has the old activation ID")
	}
	if err := p.deactivate(machineA, first.Activation.ID, seq(2)); err != nil || len(p.holders()) != 1 {
		t.Errorf("the old deactivate again: %v, %v", err, p.holders())
	}
}

func TestReleased(t *testing.T) {
	p := newPlant(t, 1)
	a := p.licensed(machineA, seq(1))
	p.now = p.now.Add(time.Minute)
	p.release(machineA)
	for name, sequence := range map[string]*int64{"without sequence": nil, "with its old one": seq(1), "with the stored one": seq(60_000)} {
		if _, err := p.activate(machineA, sequence); !isReleased(err) {
			t.Errorf("activate %s: %v, want *license.ReleasedError", name, err)
		}
	}
	if _, err := p.reactivate(machineA, a.Activation.ID); !isReleased(err) {
		t.Errorf("reactivate: %v, want *license.ReleasedError", err)
	}
	if err := p.deactivate(machineA, a.Activation.ID, nil); err != nil {
		t.Errorf("deactivate: %v, want nothing to happen", err)
	}
	if answer := p.licensed(machineA, seq(60_001)); !answer.New {
		t.Error("a person asked again, and the machine has no new seat")
	}
}

func TestOneMachineAHundredTimesAtOnce(t *testing.T) {
	p := newPlant(t, 5)
	answers := make([]*activation.Licensed, 100)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = p.licensed(machineA, seq(1)) })
	}
	wait.Wait()
	opened := 0
	for _, answer := range answers {
		if answer.Certificate != answers[0].Certificate {
			t.Fatal("two answers to one machine differ")
		}
		if answer.New {
			opened++
		}
	}
	if got := p.holders(); len(got) != 1 || opened != 1 {
		t.Errorf("%d answers say new, %d seats are held; want one of each", opened, len(got))
	}
}
