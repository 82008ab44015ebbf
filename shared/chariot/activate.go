package chariot

import (
	"context"
	"errors"

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
// that it holds. licenseText is a license file as it came, in UTF-8 or UTF-16,
// or the license key alone.
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

// makeWay first finishes a deactivation that has not been answered: a late copy
// of it would take the seat away again. Then it refuses a second license.
func (c *call) makeWay(ctx context.Context, key license.Key) error {
	if c.state.Pending.is(deactivating) {
		if err := c.deactivate(ctx); err != nil && !isProblem(err, licenseNotFound) {
			return err
		}
	}
	held := c.state.LicenseKey.Key
	switch {
	case c.state.Pending.is(activating) && c.state.Pending.LicenseKey.Key != key:
		return ErrActivationPending
	case held != license.Key{} && held != key && !c.state.KeyUnknown:
		return ErrOtherLicense
	}
	return nil
}

// activate asks for the seat. Where the server has seen a newer request of this
// machine, it counts on from there and asks once more: a person is asking, and
// no copy of an old request.
func (c *call) activate(ctx context.Context, key license.Key) error {
	if err := c.needTrust(ctx); err != nil {
		return err
	}
	wish, err := c.intend(activating, key)
	if err != nil {
		return err
	}
	answer, err := c.askActivate(ctx, wish)
	if sequence, ok := countsOn(err); ok {
		if wish, err = c.intendAt(sequence, activating, key); err != nil {
			return err
		}
		answer, err = c.askActivate(ctx, wish)
	}
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

// countsOn is the sequence with which a superseded machine asks again, without
// its own clock, which may be what is wrong.
func countsOn(err error) (int64, bool) {
	var problem *Problem
	if !errors.As(err, &problem) || problem.Code != requestSuperseded && problem.Code != activationReleased {
		return 0, false
	}
	const most = 1 << 53 // what every JSON library reads exactly; milliseconds reach it in 287,000 years
	return problem.Sequence + 1, problem.Sequence > 0 && problem.Sequence < most
}
