package activation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
	"github.com/cirruslink/chariot-license/shared/support"
)

// A plant is a service on a real store, with one license and a clock that tests
// turn.
type plant struct {
	*testing.T
	activation.Service
	store    *dynamo.Licenses // not spoiled by the injector
	injector *licensetest.Injector
	signer   *licensetest.Signer
	key      license.Key
	id       license.ID
	now      time.Time
}

func newPlant(t *testing.T, seats int, with ...func(*license.License)) *plant {
	injector := &licensetest.Injector{}
	spoiled, table := licensetest.DynamoDB(t, injector.Into)
	p := &plant{T: t, injector: injector, signer: licensetest.NewSigner(t), now: licensetest.Noon()}
	p.store = dynamo.NewLicenses(spoiled, table)
	licensetest.Publish(t, p.store, 1, p.signer)
	l, key := licensetest.Issue(t, p.store, seats, with...)
	p.key, p.id = key, l.ID
	p.Service = activation.Service{Store: p.store, Signer: p.signer, Now: func() time.Time { return p.now }}
	return p
}

var (
	machineA = licensetest.Fingerprint('a')
	machineB = licensetest.Fingerprint('b')
	machineC = licensetest.Fingerprint('c')
)

// seq is a sequence n milliseconds after noon.
func seq(n int64) *int64 {
	n += licensetest.Noon().UnixMilli()
	return &n
}

func (p *plant) activate(machine license.Fingerprint, sequence *int64) (*activation.Licensed, error) {
	return p.Activate(p.Context(), activation.Activate{
		Key: p.key, Fingerprint: machine, Sequence: sequence, Machine: license.Machine{Hostname: "plant-7"},
	})
}

// licensed activates, and ends the test if that is refused.
func (p *plant) licensed(machine license.Fingerprint, sequence *int64) *activation.Licensed {
	p.Helper()
	answer, err := p.activate(machine, sequence)
	if err != nil {
		p.Fatalf("activating: %v", err)
	}
	return answer
}

func (p *plant) reactivate(machine license.Fingerprint, id license.ActivationID) (*activation.Licensed, error) {
	return p.Reactivate(p.Context(), activation.Reactivate{Key: p.key, ID: id, Fingerprint: machine})
}

func (p *plant) move(from license.Fingerprint, id license.ActivationID, to license.Fingerprint, sequence *int64) (*activation.Licensed, error) {
	return p.Reactivate(p.Context(), activation.Reactivate{Key: p.key, ID: id, Fingerprint: from, NewFingerprint: to, Sequence: sequence})
}

func (p *plant) deactivate(machine license.Fingerprint, id license.ActivationID, sequence *int64) error {
	_, err := p.Deactivate(p.Context(), activation.Deactivate{Key: p.key, ID: id, Fingerprint: machine, Sequence: sequence})
	return err
}

// verify checks an answer as the machine does: with the bundle and nothing else.
func (p *plant) verify(answer *activation.Licensed, machine license.Fingerprint) *certificate.Certificate {
	p.Helper()
	bundle, err := certificate.VerifyBundle(p.signer.Bundle(p, 1, p.signer.Trusted()), p.signer.Roots(), 0)
	if err != nil {
		p.Fatal(err)
	}
	c, err := certificate.Verify(answer.Certificate, bundle, certificate.Expected{Kind: certificate.Activation, License: p.id, Machine: machine})
	if err != nil {
		p.Fatalf("the certificate does not verify: %v", err)
	}
	return c
}

// amend changes the license as support does.
func (p *plant) amend(change func(*license.License)) {
	p.Helper()
	// Not the test's context: some call this while the test's own has faults.
	records, err := p.store.Records(context.Background(), p.id)
	if err != nil || len(records) != 1 {
		p.Fatalf("reading the license: %v", err)
	}
	after := records[0]
	after.License.Revision++
	change(&after.License)
	err = p.store.Write(context.Background(), support.Change{
		Call: support.Call{Key: rand.Text(), License: p.id}, Before: &records[0], After: after,
		Event: license.Event{ID: licensetest.ULID(), At: p.now, Kind: license.Changed, Actor: "support:test"},
	})
	if err != nil {
		p.Fatalf("changing the license: %v", err)
	}
}

// replaceKey replaces the license key as support does, and returns the old one.
func (p *plant) replaceKey() (old license.Key) {
	p.Helper()
	desk := support.Service{Reader: p.store, Writer: p.store, Cipher: &licensetest.Cipher{}, Now: func() time.Time { return p.now }}
	issued, err := desk.ReplaceKey(context.Background(), support.Call{Key: rand.Text(), Actor: "test"}, p.id, "leaked")
	if err != nil {
		p.Fatalf("replacing the key: %v", err)
	}
	old, p.key = p.key, issued.Key
	return old
}

// release frees a machine's seat as support does.
func (p *plant) release(machine license.Fingerprint) {
	p.Helper()
	snap, err := p.store.Machines(p.Context(), p.id, machine)
	if err != nil {
		p.Fatal(err)
	}
	a := snap.Activations[machine]
	err = p.store.Release(p.Context(), license.SeatChange{
		License: p.id, Effect: license.FreeSeat,
		Activations: []license.ActivationChange{{Before: a, After: a.Close(license.Released, nil, p.now)}},
		Event:       license.Event{ID: licensetest.ULID(), At: p.now, Kind: license.SeatRestored, Actor: "support:test"},
	}, support.Call{Key: rand.Text(), License: p.id})
	if err != nil {
		p.Fatal(err)
	}
}

// holders returns the machines that hold a seat, and checks P3 on the way: used
// is their number.
func (p *plant) holders() (machines []license.Fingerprint) {
	p.Helper()
	snap, err := p.store.Machines(p.Context(), p.id)
	if err != nil {
		p.Fatal(err)
	}
	page, _, err := p.store.Activations(p.Context(), p.id, "")
	if err != nil {
		p.Fatal(err)
	}
	for _, a := range page {
		if a.Holds() {
			machines = append(machines, a.Fingerprint)
		}
	}
	if snap.License.Used != len(machines) {
		p.Errorf("used is %d, and %d machines hold a seat", snap.License.Used, len(machines))
	}
	return machines
}

// events returns the kinds of all audit events, the newest first.
func (p *plant) events() (kinds []license.EventKind) {
	p.Helper()
	page, _, err := p.store.Events(p.Context(), p.id, "")
	if err != nil {
		p.Fatal(err)
	}
	for _, e := range page {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func certificateOf(answer *activation.Licensed, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return answer.Certificate, nil
}

func isReleased(err error) bool {
	var released *license.ReleasedError
	return errors.As(err, &released) && released.Sequence > 0
}
