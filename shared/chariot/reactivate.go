package chariot

import (
	"context"
	"net/url"

	"github.com/cirruslink/chariot-license/shared/license"
)

type reactivateBody struct {
	LicenseKey  string              `json:"licenseKey"`
	Fingerprint license.Fingerprint `json:"fingerprint"`
}

// Reactivate pulls the updates of the license that this machine runs on. It
// holds no seat more or less than before, so it needs no intent: repeated, it
// asks for the same.
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
	key, answer := c.state.LicenseKey.Key, &licensedBody{}
	path := "/v1/activations/" + url.PathEscape(string(c.state.Activation.ID)) + "/reactivate"
	err := c.post(ctx, path, key, reactivateBody{key.Reveal(), c.fingerprint}, answer)
	if err != nil {
		return c.refused(reactivating, key, err)
	}
	return c.accept(ctx, reactivating, key, answer)
}
