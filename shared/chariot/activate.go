package chariot

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

type activateBody struct {
	LicenseKey  string              `json:"licenseKey"`
	Fingerprint license.Fingerprint `json:"fingerprint"`
	Sequence    int64               `json:"sequence"`
	Machine     machineBody         `json:"machine"`
}

type machineBody struct {
	Hostname string `json:"hostname,omitzero"`
	Version  string `json:"chariotVersion,omitzero"`
}

// Activate takes a seat of a license for this machine, or finds again the one
// that it holds. State that was activated on another computer gives way: its seat
// stays where it is, and this machine takes one of its own. licenseText is a
// license file as it came, in UTF-8 or UTF-16, or the license key alone.
//
// It fails with *LicenseTextError before anything is sent, a *Refusal where this
// machine's state is in the way, *Problem where the server refused,
// *UnreachableError, *AnswerError, *UntrustedError, *SettingsError or
// *StateError. After any of them the same call may be made again.
func (m *Machine) Activate(ctx context.Context, licenseText string) (*Status, error) {
	key, err := ParseLicense(licenseText)
	if err != nil {
		return nil, err
	}
	c, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer c.end()
	if err := c.makeWay(ctx, key); err != nil {
		return nil, err
	}
	if err := c.activate(ctx, key); err != nil {
		return nil, err
	}
	return m.Status()
}

// makeWay first finishes what has not been answered: a late copy of a deactivation
// would take the seat away again, and a move may have brought one here. Then it
// refuses a second license, unless the first is another computer's.
func (c *call) makeWay(ctx context.Context, key license.Key) error {
	var err error
	switch {
	case c.state.Pending.is(deactivating):
		err = c.deactivate(ctx)
	case c.state.Pending.is(reactivating):
		err = c.reactivate(ctx)
	}
	if err != nil && c.state.Pending != nil && !isProblem(err, licenseNotFound) {
		return err
	}
	held := c.state.LicenseKey.Key
	switch {
	case c.state.Pending.is(activating) && c.state.Pending.LicenseKey.Key != key:
		return ErrActivationPending
	case held != license.Key{} && held != key && !c.state.KeyUnknown && !c.changed():
		return ErrOtherLicense
	}
	return nil
}

// activate asks for the seat.
func (c *call) activate(ctx context.Context, key license.Key) error {
	if err := c.needTrust(ctx); err != nil {
		return err
	}
	answer, err := asks(c, activating, key, func(wish *intent) (*licensedBody, error) {
		return c.askActivate(ctx, wish)
	})
	if err != nil {
		return c.refused(activating, key, err)
	}
	return c.accept(ctx, activating, key, answer)
}

func (c *call) askActivate(ctx context.Context, wish *intent) (*licensedBody, error) {
	answer := &licensedBody{}
	err := c.post(ctx, "/v1/activations", wish.LicenseKey.Key, activateBody{
		LicenseKey: wish.LicenseKey.Reveal(), Fingerprint: c.fingerprint, Sequence: wish.Sequence,
		Machine: machineBody{c.settings.Hostname, c.settings.Version},
	}, answer)
	return answer, err
}
