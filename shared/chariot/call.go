package chariot

import (
	"context"
	"errors"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// A call is one wish of a person on its way: the state as it stands on disk, and
// what is spent of the call's patience.
type call struct {
	*Machine
	state  licenseFile
	start  time.Time
	waited time.Duration
	// refreshed says that this call has fetched the trust bundle: once is enough.
	refreshed bool
}

// begin waits for its turn and reads the state. Only with a server and root keys
// is there a call: without them an answer would be worth nothing.
func (m *Machine) begin(ctx context.Context) (*call, error) {
	switch {
	case m.server == "":
		return nil, &SettingsError{"There is no license server: give its URL."}
	case len(m.roots) == 0:
		return nil, &SettingsError{"There are no root keys: without them nothing that the license server says can be believed."}
	}
	select {
	case <-m.turn:
	case <-ctx.Done():
		return nil, &UnreachableError{Server: m.server, Err: ctx.Err()}
	}
	state, err := m.licenseState()
	if err != nil {
		m.turn <- struct{}{}
		return nil, err
	}
	return &call{Machine: m, state: state, start: m.settings.Now()}, nil
}

// end lets the next call have its turn.
func (c *call) end() { c.turn <- struct{}{} }

func (c *call) save() error { return c.disk.write(licenseName, c.state) }

// intend returns the pending intent, if it is of the kind, or a new one, which
// is on disk before intend returns.
func (c *call) intend(kind string, key license.Key) (*intent, error) {
	if c.state.Pending.is(kind) {
		return c.state.Pending, nil
	}
	return c.intendAt(nextSequence(c.state.Sequence, c.settings.Now()), kind, key)
}

func (c *call) intendAt(sequence int64, kind string, key license.Key) (*intent, error) {
	c.state.Pending = &intent{Kind: kind, Sequence: sequence, LicenseKey: storedKey{key}}
	c.state.Sequence = sequence
	return c.state.Pending, c.save()
}

// contact notes that the license server has answered.
func (c *call) contact(kind string, problem *Problem) {
	c.state.Last = &Contact{At: c.settings.Now().UTC().Truncate(time.Second), Intent: kind, Problem: problem}
}

// refused keeps what the server refused: the machine says so in its Status, and
// an intent that the server has decided on waits no longer. The certificate
// stays: a plant must not stop by surprise. Other errors pass, and change nothing.
func (c *call) refused(kind string, key license.Key, err error) error {
	var problem *Problem
	if !errors.As(err, &problem) {
		return err
	}
	c.contact(kind, problem)
	if settles(problem.Code) && c.state.Pending.is(kind) {
		c.state.Pending = nil
	}
	if problem.Code == licenseNotFound && c.state.LicenseKey.Key == key {
		c.state.KeyUnknown = true
	}
	return errors.Join(err, c.save())
}
