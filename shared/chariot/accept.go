package chariot

import (
	"context"
	"errors"
	"fmt"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// licensedBody is the good answer to activate and reactivate.
type licensedBody struct {
	Activation  activation `json:"activation"`
	License     View       `json:"license"`
	Certificate string     `json:"certificate"`
}

// An UntrustedError says that what the server sent does not verify, so that it
// was not kept. Err is one of package certificate's.
type UntrustedError struct {
	What string
	Err  error
}

func (e *UntrustedError) Error() string {
	return fmt.Sprintf("The license server sent a %s that cannot be trusted: %v. Nothing of it was kept. Compare the server's URL and the root keys with what Cirrus Link gave you, then try again.", e.What, e.Err)
}

// Unwrap returns what the verification refused with.
func (e *UntrustedError) Unwrap() error { return e.Err }

var (
	errAnotherActivation = errors.New("it is for another activation than the answer names")
	errOlder             = errors.New("it is older than the one that this machine has")
)

// accept keeps what the server answered, once it is found good, and ends the
// intent in the same write.
func (c *call) accept(ctx context.Context, kind string, key license.Key, answer *licensedBody) error {
	found, err := c.verify(ctx, key, answer)
	if errors.Is(err, ErrSeatMoved) && c.state.Pending.is(kind) {
		c.state.Pending = nil // repeated, it would only follow the move again
		return errors.Join(err, c.save())
	}
	if err != nil {
		return err
	}
	if c.state.Licenses == nil {
		c.state.Licenses = map[string]license.ID{}
	}
	c.state.Licenses[keyName(key)] = found.LicenseID
	c.state.LicenseKey, c.state.KeyUnknown = storedKey{key}, false
	c.state.Activation, c.state.License, c.state.Certificate = &answer.Activation, &answer.License, answer.Certificate
	if c.state.Pending.is(kind) {
		c.state.Pending = nil
	}
	c.contact(kind, nil)
	if err := c.save(); err != nil {
		return err
	}
	return c.moveIn(&c.identity)
}

// verify holds the answer's certificate against the trust bundle, this machine,
// and the license that belongs to the key. Which that is, the first verified
// certificate says: an imported or replaced key does not tell its license ID.
func (c *call) verify(ctx context.Context, key license.Key, answer *licensedBody) (*certificate.Certificate, error) {
	want := certificate.Expected{Kind: certificate.Activation, License: c.state.pin(key), Machine: c.fingerprint}
	if want.License == "" {
		want.License = answer.License.ID
	}
	bundle, err := c.bundle()
	if err != nil {
		return nil, err
	}
	found, err := certificate.Verify(answer.Certificate, bundle, want)
	if errors.Is(err, certificate.ErrUnknownKey) && !c.refreshed {
		if bundle, err = c.fetchTrust(ctx); err != nil {
			return nil, err
		}
		found, err = certificate.Verify(answer.Certificate, bundle, want)
	}
	switch {
	case errors.Is(err, certificate.ErrMachine) && c.isMoved(bundle, answer):
		return nil, ErrSeatMoved
	case err != nil:
	case found.ActivationID != answer.Activation.ID || answer.Activation.Fingerprint != c.fingerprint || answer.License.ID != found.LicenseID:
		err = errAnotherActivation
	case c.older(bundle, found):
		err = errOlder
	default:
		return found, nil
	}
	return nil, &UntrustedError{"certificate", err}
}

// isMoved reports whether the answer is a good one to another computer.
func (c *call) isMoved(bundle *certificate.Bundle, answer *licensedBody) bool {
	_, err := certificate.Verify(answer.Certificate, bundle, certificate.Expected{
		Kind: certificate.Activation, License: answer.License.ID, Machine: answer.Activation.Fingerprint,
	})
	return err == nil
}

// older reports whether a good certificate of the same activation that the
// machine already has is newer than found.
//
// Source: FORMAT.md, Certificate: the higher revision is the newer; with equal
// ones, the one issued later.
func (c *call) older(bundle *certificate.Bundle, found *certificate.Certificate) bool {
	has, err := certificate.Verify(c.state.Certificate, bundle, certificate.Expected{
		Kind: certificate.Activation, License: found.LicenseID, Machine: found.Fingerprint,
	})
	if err != nil || has.ActivationID != found.ActivationID {
		return false
	}
	return found.Revision < has.Revision || found.Revision == has.Revision && found.IssuedAt.Before(has.IssuedAt)
}
