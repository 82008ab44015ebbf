package chariot

import (
	"context"
	"errors"
	"net/url"

	"github.com/cirruslink/chariot-license/shared/license"
)

type deactivateBody struct {
	LicenseKey  string              `json:"licenseKey"`
	Fingerprint license.Fingerprint `json:"fingerprint"`
	Sequence    int64               `json:"sequence"`
}

type deactivatedBody struct {
	License View `json:"license"`
}

// Deactivate gives the seat of this machine back. Once it has succeeded the
// certificate and the license key are gone from disk; the last sequence stays.
// On a machine that is not activated it succeeds, and asks nobody. A seat of
// another computer is not this one's to give back.
//
// It fails as Activate does; then the machine keeps its certificate, and the
// same call finishes what it began.
func (m *Machine) Deactivate(ctx context.Context) (*Status, error) {
	state, err := m.licenseState()
	if err != nil {
		return nil, err
	}
	if state.Certificate == "" && state.Pending == nil {
		return m.statusOf(&state)
	}
	c, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer c.end()
	switch {
	case c.state.Pending.is(activating):
		err = c.settleActivation(ctx)
	case c.state.Pending.is(reactivating):
		err = c.reactivate(ctx)
	case c.changed() && !c.state.Pending.is(deactivating):
		err = ErrMachineChanged
	}
	if err != nil {
		return nil, err
	}
	if c.state.Certificate != "" {
		if err := c.deactivate(ctx); err != nil {
			return nil, err
		}
	}
	return m.Status()
}

// deactivate gives back the seat that the state holds. Where the server knows no
// such activation of this machine, there is nothing to give back, and it is done.
func (c *call) deactivate(ctx context.Context) error {
	key, held := c.state.LicenseKey.Key, c.state.License.ID
	answer, err := asks(c, deactivating, key, func(wish *intent) (*deactivatedBody, error) {
		return c.askDeactivate(ctx, wish)
	})
	switch {
	case isProblem(err, activationNotFound):
	case err != nil:
		return c.refused(deactivating, key, err)
	case answer.License.ID != held:
		return &AnswerError{Server: c.server, What: "it does not name the license that was given back"}
	}
	c.state.forget()
	c.contact(deactivating, nil)
	return c.save()
}

func (c *call) askDeactivate(ctx context.Context, wish *intent) (*deactivatedBody, error) {
	answer, key := &deactivatedBody{}, wish.LicenseKey.Key
	path := "/v1/activations/" + url.PathEscape(string(c.state.Activation.ID)) + "/deactivate"
	return answer, c.post(ctx, path, key, deactivateBody{key.Reveal(), c.state.Activation.Fingerprint, wish.Sequence}, answer)
}

// settleActivation repeats an activation that has not been answered: only its
// answer names the seat to give back. Refused because there is no seat is as
// good; refused for another reason leaves what the machine held before, if it
// held anything.
func (c *call) settleActivation(ctx context.Context) error {
	if err := c.needTrust(ctx); err != nil {
		return err
	}
	key := c.state.Pending.LicenseKey.Key
	answer, err := c.askActivate(ctx, c.state.Pending)
	if err == nil {
		return c.accept(ctx, activating, key, answer)
	}
	settled := c.refused(activating, key, err)
	var broken *StateError
	switch {
	case errors.As(settled, &broken), c.state.Pending != nil:
		return settled
	case holdsNoSeat(err), c.state.Certificate != "":
		return nil
	}
	return settled
}

// holdsNoSeat reports a refusal by which the server says that this machine holds
// no seat of the license.
func holdsNoSeat(err error) bool {
	return isProblem(err, seatsTaken) || isProblem(err, activationReleased) || isProblem(err, requestSuperseded)
}
