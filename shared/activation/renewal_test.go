package activation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// between lets something happen between a signature and its commit.
type between struct {
	*licensetest.Signer
	happen func(n int)
	n      int
}

func (b *between) Sign(ctx context.Context, keyID string, message []byte) ([]byte, error) {
	signature, err := b.Signer.Sign(ctx, keyID, message)
	b.n++
	b.happen(b.n)
	return signature, err
}

// The license changes between read, signature and commit: an older certificate
// is never stored.
func TestChangeBetweenSignatureAndCommit(t *testing.T) {
	for changes := range 4 {
		p := newPlant(t, 2)
		first := p.licensed(machineB, seq(1))
		p.amend(func(l *license.License) { l.Seats = 9 })
		for name, call := range map[string]func() (*activation.Licensed, error){
			"activate":   func() (*activation.Licensed, error) { return p.activate(machineA, seq(1)) },
			"reactivate": func() (*activation.Licensed, error) { return p.reactivate(machineB, first.Activation.ID) },
		} {
			machine := map[string]license.Fingerprint{"activate": machineA, "reactivate": machineB}[name]
			p.Signer = &between{Signer: p.signer, happen: func(n int) {
				if n <= changes {
					p.amend(func(l *license.License) { l.Seats++ })
				}
			}}
			answer, err := call()
			if changes == 3 {
				if !errors.Is(err, license.ErrUnavailable) {
					t.Errorf("%s, changed each time: %v, want license.ErrUnavailable", name, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s, %d changes: %v", name, changes, err)
			}
			snap, err := p.store.Machines(t.Context(), p.id)
			if err != nil {
				t.Fatal(err)
			}
			if c := p.verify(answer, machine); c.Revision != snap.License.Revision {
				t.Errorf("%s: certificate of revision %d, license at %d", name, c.Revision, snap.License.Revision)
			}
		}
		p.holders()
	}
}

func TestRemovedKeyIsReplacedByReactivation(t *testing.T) {
	p := newPlant(t, 1)
	first := p.licensed(machineA, nil)
	next := licensetest.NewSigner(t)
	publication := dynamo.Publication{Bundle: "2", Version: 2, Trust: activation.Trust{
		SigningKey: next.SigningKey(), KeyID: next.KeyID(), Trusted: []string{next.KeyID()},
	}}
	if err := p.store.Publish(t.Context(), publication); err != nil {
		t.Fatal(err)
	}
	p.Signer, p.signer = next, next
	answer, err := p.reactivate(machineA, first.Activation.ID)
	if err != nil || answer.Certificate == first.Certificate {
		t.Fatalf("reactivate = %v; want a certificate by the next key", err)
	}
	p.verify(answer, machineA)
}

// A certificate is renewed once half of its time to the next contact is over.
func TestContactIsRenewedAtHalfTime(t *testing.T) {
	for _, tt := range []struct {
		after   time.Duration
		renewed bool
	}{{5*24*time.Hour - time.Second, false}, {5 * 24 * time.Hour, true}, {11 * 24 * time.Hour, true}} {
		p := newPlant(t, 1, func(l *license.License) { l.Terms.ContactDays = 10 })
		first := p.licensed(machineA, nil)
		p.now = p.now.Add(tt.after)
		answer, err := p.reactivate(machineA, first.Activation.ID)
		if err != nil || (answer.Certificate != first.Certificate) != tt.renewed {
			t.Errorf("after %s: renewed %v, %v; want %v", tt.after, answer.Certificate != first.Certificate, err, tt.renewed)
		}
	}
}

func TestKMSFailureCostsNothing(t *testing.T) {
	p := newPlant(t, 1)
	p.signer.Fail(1, license.ErrUnavailable)
	if _, err := p.activate(machineA, seq(1)); !errors.Is(err, license.ErrUnavailable) || len(p.holders()) != 0 {
		t.Errorf("KMS down: %v, %v", err, p.holders())
	}
	if answer := p.licensed(machineA, seq(1)); !answer.New {
		t.Error("the same request again did not get the seat")
	}
}
