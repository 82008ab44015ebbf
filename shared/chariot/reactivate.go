package chariot

import (
	"context"
	"net/url"

	"github.com/cirruslink/chariot-license/shared/license"
)

type reactivateBody struct {
	LicenseKey  string              `json:"licenseKey"`
	Fingerprint license.Fingerprint `json:"fingerprint"`
	// NewFingerprint and Sequence move the seat here.
	NewFingerprint license.Fingerprint `json:"newFingerprint,omitzero"`
	Sequence       int64               `json:"sequence,omitzero"`
}

// Reactivate pulls the updates of the license that this machine runs on. It
// holds no seat more or less than before, so it needs no intent: repeated, it
// asks for the same.
//
// Where the state was activated on another computer, it moves the seat to this
// one, and that is an intent: it is for the same installation on a new system,
// never for a copy, and so a person's to ask for.
//
// It fails as Activate does; a stored certificate outlives every error.
func (m *Machine) Reactivate(ctx context.Context) (*Status, error) {
	c, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer c.end()
	switch {
	case c.state.Pending.is(deactivating):
		return nil, ErrDeactivationPending
	case c.state.Certificate == "" && c.state.Pending.is(activating):
		return nil, ErrActivationPending
	case c.state.Certificate == "":
		return nil, ErrNotActivated
	}
	if err := c.reactivate(ctx); err != nil {
		return nil, err
	}
	return m.Status()
}

func (c *call) reactivate(ctx context.Context) error {
	if err := c.needTrust(ctx); err != nil {
		return err
	}
	ask := func(wish *intent) (*licensedBody, error) { return c.askReactivate(ctx, wish) }
	key, moving := c.state.LicenseKey.Key, c.changed() || c.state.Pending.is(reactivating)
	var answer *licensedBody
	var err error
	if moving {
		answer, err = asks(c, reactivating, key, ask)
	} else {
		answer, err = ask(&intent{LicenseKey: c.state.LicenseKey})
	}
	if err != nil {
		return c.refused(reactivating, key, err)
	}
	if err := c.accept(ctx, reactivating, key, answer); err != nil {
		return err
	}
	return c.refreshTrust(ctx)
}

func (c *call) askReactivate(ctx context.Context, wish *intent) (*licensedBody, error) {
	held, answer := c.state.Activation, &licensedBody{}
	path := "/v1/activations/" + url.PathEscape(string(held.ID)) + "/reactivate"
	return answer, c.post(ctx, path, wish.LicenseKey.Key, reactivateBody{
		wish.LicenseKey.Reveal(), held.Fingerprint, wish.NewFingerprint, wish.Sequence,
	}, answer)
}
