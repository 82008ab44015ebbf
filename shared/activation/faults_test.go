package activation_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// An intent is what a machine wants, with how things are before and must be once
// it was granted.
type intent struct {
	name    string
	prepare func(p *plant) license.ActivationID
	ask     func(p *plant, id license.ActivationID) error
	holders []license.Fingerprint
}

var intents = []intent{
	{"activate", func(p *plant) license.ActivationID { return "" },
		func(p *plant, _ license.ActivationID) error { _, err := p.activate(machineA, seq(1)); return err },
		[]license.Fingerprint{machineA}},
	{"activate again",
		func(p *plant) license.ActivationID {
			id := p.licensed(machineA, seq(1)).Activation.ID
			if err := p.deactivate(machineA, id, seq(2)); err != nil {
				p.Fatal(err)
			}
			return id
		},
		func(p *plant, _ license.ActivationID) error { _, err := p.activate(machineA, seq(3)); return err },
		[]license.Fingerprint{machineA}},
	{"reactivate",
		func(p *plant) license.ActivationID {
			id := p.licensed(machineA, seq(1)).Activation.ID
			p.amend(func(l *license.License) { l.Seats++ })
			return id
		},
		func(p *plant, id license.ActivationID) error { _, err := p.reactivate(machineA, id); return err },
		[]license.Fingerprint{machineA}},
	{"move",
		func(p *plant) license.ActivationID { return p.licensed(machineA, seq(1)).Activation.ID },
		func(p *plant, id license.ActivationID) error {
			_, err := p.move(machineA, id, machineB, seq(2))
			return err
		},
		[]license.Fingerprint{machineB}},
	{"move onto a held seat",
		func(p *plant) license.ActivationID {
			p.amend(func(l *license.License) { l.Seats = 2 })
			p.licensed(machineB, seq(1))
			return p.licensed(machineA, seq(1)).Activation.ID
		},
		func(p *plant, id license.ActivationID) error {
			_, err := p.move(machineA, id, machineB, seq(2))
			return err
		},
		[]license.Fingerprint{machineB}},
	{"activate with a replaced key", func(p *plant) license.ActivationID { p.replaceKey(); return "" },
		func(p *plant, _ license.ActivationID) error { _, err := p.activate(machineA, seq(1)); return err },
		[]license.Fingerprint{machineA}},
	{"reactivate with a replaced key",
		func(p *plant) license.ActivationID {
			id := p.licensed(machineA, seq(1)).Activation.ID
			p.replaceKey()
			return id
		},
		func(p *plant, id license.ActivationID) error { _, err := p.reactivate(machineA, id); return err },
		[]license.Fingerprint{machineA}},
	{"deactivate",
		func(p *plant) license.ActivationID { return p.licensed(machineA, seq(1)).Activation.ID },
		func(p *plant, id license.ActivationID) error { return p.deactivate(machineA, id, seq(2)) },
		nil},
}

// P5: whatever fails at whatever call, for once or for so long that the SDK gives
// up, the same request repeated succeeds, once; and what lands late after that
// changes nothing. The calls are counted, not listed by hand.
func TestEveryFaultAtEveryCall(t *testing.T) {
	for _, in := range intents {
		calls := callsOf(t, in)
		for name, fault := range licensetest.Faults() {
			for at := range calls {
				for _, length := range []int{1, 4} {
					t.Run(fmt.Sprintf("%s/%s/call %d/%d times", in.name, name, at, length), func(t *testing.T) {
						t.Parallel()
						survives(t, in, fault, at, length)
					})
				}
			}
		}
	}
}

// callsOf traces an intent without faults.
func callsOf(t *testing.T, in intent) int {
	p := newPlant(t, 1)
	id := in.prepare(p)
	before := p.injector.Requests()
	if err := in.ask(p, id); err != nil {
		t.Fatalf("%s: %v", in.name, err)
	}
	return p.injector.Requests() - before
}

func survives(t *testing.T, in intent, fault licensetest.Fault, at, length int) {
	p := newPlant(t, 1)
	id := in.prepare(p)
	first := p.injector.Requests() + at
	p.injector.Plan = func(n int, operation string) licensetest.Fault {
		if n < first || n >= first+length {
			return licensetest.None
		}
		return fault
	}
	if err := in.ask(p, id); err != nil && !errors.Is(err, license.ErrUnavailable) {
		t.Errorf("the spoiled request: %v, want success or license.ErrUnavailable", err)
	}
	p.injector.Plan = nil
	if err := in.ask(p, id); err != nil {
		t.Errorf("the same request again: %v", err)
	}
	before := p.events()
	p.injector.Land()
	if got := p.holders(); !slices.Equal(got, in.holders) {
		t.Errorf("%v hold seats, want %v", got, in.holders)
	}
	if after := p.events(); !slices.Equal(before, after) {
		t.Errorf("what landed late was written: %v, then %v", before, after)
	}
}

// A write whose outcome was unknown is recognized as this call's own: the seat is
// new, signed for once, and on record once.
func TestUnknownOutcomeIsRecognized(t *testing.T) {
	p := newPlant(t, 1)
	signatures := p.signer.Signatures()
	lost := 0
	p.injector.Plan = func(_ int, operation string) licensetest.Fault {
		if operation != "TransactWriteItems" || lost == 4 {
			return licensetest.None
		}
		lost++
		return licensetest.Lost
	}
	answer := p.licensed(machineA, seq(1))
	if n := p.signer.Signatures() - signatures; !answer.New || n != 1 || len(p.events()) != 2 {
		t.Errorf("new %v after %d signatures, on record %v; want its own write found", answer.New, n, p.events())
	}
}

// Other transactions overlap ours many times over, reads and writes alike: that is
// the store's to ride out, with one decision and one signature.
func TestContentionIsRiddenOut(t *testing.T) {
	for _, contended := range []string{"TransactGetItems", "TransactWriteItems"} {
		p := newPlant(t, 1)
		requests := map[string]int{}
		p.injector.Plan = func(_ int, operation string) licensetest.Fault {
			requests[operation]++
			if operation == contended && requests[operation] <= 12 {
				return licensetest.Conflict
			}
			return licensetest.None
		}
		if answer := p.licensed(machineA, seq(1)); !answer.New || requests[contended] != 13 || len(requests) != 2 {
			t.Errorf("new %v after %v; want 13 of %s", answer.New, requests, contended)
		}
	}
}
