package activation_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
	"github.com/cirruslink/chariot-license/shared/support"
)

// intentsOf are all calls that a machine can make, for one that holds a seat.
func intentsOf(p *plant, id license.ActivationID) map[string]func() error {
	return map[string]func() error{
		"activate":   func() error { _, err := p.activate(machineA, seq(5)); return err },
		"reactivate": func() error { _, err := p.reactivate(machineA, id); return err },
		"move":       func() error { _, err := p.move(machineA, id, machineB, seq(5)); return err },
		"deactivate": func() error { return p.deactivate(machineA, id, seq(5)) },
		"activate another machine": func() error {
			_, err := p.activate(machineC, seq(5))
			return err
		},
	}
}

// The old key is worth nothing, the activation stays: with the new key the machine
// finds its seat, and gives it back.
func TestReplacedKey(t *testing.T) {
	p := newPlant(t, 2)
	id := p.licensed(machineA, seq(1)).Activation.ID
	old := p.replaceKey()
	replaced := p.key
	p.key = old
	for name, call := range intentsOf(p, id) {
		requests := p.injector.Requests()
		if err := call(); !errors.Is(err, license.ErrNotFound) {
			t.Errorf("%s with the old key: %v", name, err)
		}
		if n := p.injector.Requests() - requests; n != 1 {
			t.Errorf("%s with the old key: %d calls to AWS, want 1 as with an unknown one", name, n)
		}
	}
	p.key = replaced
	reactivated, err := p.reactivate(machineA, id)
	if err != nil || reactivated.Activation.ID != id {
		t.Fatalf("reactivate with the new key: %+v, %v", reactivated, err)
	}
	if c := p.verify(reactivated, machineA); c.ActivationID != id || c.Revision != 2 {
		t.Errorf("reactivated: %+v", c)
	}
	again, err := p.activate(machineA, seq(9))
	if err != nil || again.New || again.Activation.ID != id || again.Certificate != reactivated.Certificate || again.License.Used != 1 {
		t.Errorf("activate with the new key: %+v, %v; want the seat that it holds", again, err)
	}
	if err := p.deactivate(machineA, id, seq(10)); err != nil || len(p.holders()) != 0 {
		t.Errorf("deactivate with the new key: %v, %v", err, p.holders())
	}
}

// The key is replaced while a call with the old one is under way, after its read:
// it takes nothing.
func TestKeyReplacedBetweenSignatureAndCommit(t *testing.T) {
	for name, call := range map[string]func(p *plant, id license.ActivationID) error{
		"activate":   func(p *plant, _ license.ActivationID) error { _, err := p.activate(machineB, seq(1)); return err },
		"reactivate": func(p *plant, id license.ActivationID) error { _, err := p.reactivate(machineA, id); return err },
		"move": func(p *plant, id license.ActivationID) error {
			_, err := p.move(machineA, id, machineB, seq(2))
			return err
		},
	} {
		p := newPlant(t, 2)
		id := p.licensed(machineA, seq(1)).Activation.ID
		p.amend(func(l *license.License) { l.Seats = 5 }) // so that reactivate signs
		replaced := false
		p.Signer = &between{Signer: p.signer, happen: func(int) {
			replaced = true
			p.replaceKey()
		}}
		if err := call(p, id); !replaced || !errors.Is(err, license.ErrNotFound) {
			t.Errorf("%s: %v, replaced %v; want license.ErrNotFound", name, err, replaced)
		}
		if got := p.holders(); !slices.Equal(got, []license.Fingerprint{machineA}) {
			t.Errorf("%s: %v hold seats", name, got)
		}
	}
}

// watched is a store that tells when a change of support's is written.
type watched struct {
	*dynamo.Licenses
	written func()
}

func (w watched) Write(ctx context.Context, change support.Change) error {
	err := w.Licenses.Write(ctx, change)
	if err == nil {
		w.written()
	}
	return err
}

// Fifty machines activate with the old key while it is replaced. What is under way
// takes no seat from the write on; after the answer the key is unknown; and there
// are no seats too many.
func TestReplacementAgainstFiftyActivations(t *testing.T) {
	for range 5 {
		p := newPlant(t, 40)
		var granted atomic.Int64
		var load sync.WaitGroup
		answered := make(chan struct{})
		ask := func() error {
			_, err := p.Activate(t.Context(), activation.Activate{Key: p.key, Fingerprint: licensetest.RandomFingerprint()})
			return err
		}
		for range 50 {
			load.Go(func() {
				if ask() == nil {
					granted.Add(1)
				}
				<-answered
				if err := ask(); !errors.Is(err, license.ErrNotFound) {
					t.Errorf("the old key after the answer: %v", err)
				}
			})
		}
		var written []license.Fingerprint
		desk := support.Service{Reader: p.store, Cipher: &licensetest.Cipher{}, Now: licensetest.Noon,
			Writer: watched{p.store, func() { written = p.holders() }}}
		_, err := desk.ReplaceKey(t.Context(), support.Call{Key: "replace"}, p.id, "leaked")
		close(answered)
		load.Wait()
		held := p.holders()
		if err != nil || len(held) > 40 || int64(len(held)) != granted.Load() {
			t.Errorf("%v; %d of 40 seats held, %d granted", err, len(held), granted.Load())
		}
		if !slices.Equal(written, held) {
			t.Errorf("%d seats were held when the key was replaced, %d in the end", len(written), len(held))
		}
	}
}
