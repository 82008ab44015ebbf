package activation

import (
	"context"
	"fmt"
	"slices"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// current answers a machine that holds a seat with its certificate: the stored
// one while it is fresh, else a new one, stored in its place.
func (c *call) current(ctx context.Context, snap *Snapshot, a *license.Activation) (*Licensed, error) {
	if c.isFresh(snap, a) {
		return licensed(snap.License, *a, c.made(snap, a)), nil
	}
	after := *a
	var err error
	if after.Certificate, err = c.sign(ctx, snap, after); err != nil {
		return nil, err
	}
	change := license.ActivationChange{Before: a, After: after}
	if err := c.commit(ctx, &snap.License, license.Reactivated, license.KeepSeats, change); err != nil {
		return nil, err
	}
	return licensed(snap.License, after, c.made(snap, a)), nil
}

// made reports whether an earlier round of this very call opened the activation:
// its outcome was unknown then.
func (c *call) made(snap *Snapshot, a *license.Activation) bool {
	return a.ID == license.NewActivationID(snap.License.ID, a.Fingerprint, c.id)
}

// isFresh reports whether the stored certificate still serves: it is of the
// license's revision, its key is trusted, and more than half of its time to the
// next contact is left.
//
// Source: DESIGN 5, Reactivate.
func (c *call) isFresh(snap *Snapshot, a *license.Activation) bool {
	stored, err := certificate.Parse(a.Certificate.Payload)
	if err != nil || stored.Revision != snap.License.Revision || !slices.Contains(snap.Trust.Trusted, a.Certificate.KeyID) {
		return false
	}
	if stored.ContactBy.IsZero() {
		return true
	}
	return stored.ContactBy.Sub(c.now) > c.now.Sub(stored.IssuedAt)
}

// sign returns the certificate of an activation. A certificate that was signed
// once in this call is not signed again.
func (c *call) sign(ctx context.Context, snap *Snapshot, a license.Activation) (license.Signed, error) {
	l, trust := &snap.License, snap.Trust
	payload := certificate.Certificate{
		LicenseID: l.ID, ActivationID: a.ID, Fingerprint: a.Fingerprint,
		Deployment: l.Deployment, Features: l.Features, Revision: l.Revision,
		IssuedAt: c.at(), Expires: l.Expires, Enforce: l.Terms.Enforce,
		GraceUntil: l.GraceUntil(), ContactBy: l.ContactBy(c.at()),
	}.Payload()
	message := certificate.SigningInput(certificate.Activation, trust.KeyID, payload)
	signature, done := c.signatures[string(message)]
	if !done {
		if len(c.signatures) == maxSignatures {
			return license.Signed{}, fmt.Errorf("signed %d times: %w", maxSignatures, license.ErrUnavailable)
		}
		var err error
		if signature, err = c.Signer.Sign(ctx, trust.SigningKey, message); err != nil {
			return license.Signed{}, fmt.Errorf("signing certificate: %w", err)
		}
		c.signatures[string(message)] = signature
	}
	return license.Signed{KeyID: trust.KeyID, Payload: payload, Signature: signature}, nil
}

func licensed(l license.License, a license.Activation, isNew bool) *Licensed {
	return &Licensed{
		License: l, Activation: a, New: isNew,
		Certificate: certificate.Compact(certificate.Activation, a.Certificate),
	}
}
