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

// callable says what is missing for calls, if anything is.
func (m *Machine) callable() error {
	switch {
	case m.server == "":
		return &SettingsError{"There is no license server: give its URL."}
	case len(m.roots) == 0:
		return &SettingsError{"There are no root keys: without them nothing that the license server says can be believed."}
	}
	return nil
}

// begin waits for its turn and reads the state. Only with a server and root keys
// is there a call: without them an answer would be worth nothing.
func (m *Machine) begin(ctx context.Context) (*call, error) {
	if err := m.callable(); err != nil {
		return nil, err
	}
	select {
	case <-m.turn:
	case <-ctx.Done():
		return nil, &UnreachableError{Server: m.server, Err: ctx.Err()}
	}
	state, err := m.licenseState()
	if m.closed.Load() {
		err = &StateError{Path: m.disk.dir, Err: errors.New("the machine was closed: open it again")}
	}
	if err != nil {
		m.turn <- struct{}{}
		return nil, err
	}
	return &call{Machine: m, state: state, start: m.settings.Now()}, nil
}

// end lets the next call have its turn.
func (c *call) end() { c.turn <- struct{}{} }

func (c *call) save() error { return c.disk.write(licenseName, c.state) }

// asks sends an intent. Where the server has seen a newer request of this machine,
// it counts on from there and asks once more: a person is asking, and no copy of
// an old request.
func asks[T any](c *call, kind string, key license.Key, ask func(*intent) (T, error)) (answer T, err error) {
	wish, err := c.intend(kind, key)
	if err != nil {
		return answer, err
	}
	answer, err = ask(wish)
	if sequence, ok := countsOn(err); ok {
		if wish, err = c.intendAt(sequence, kind, key); err != nil {
			return answer, err
		}
		answer, err = ask(wish)
	}
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

// intend returns the pending intent, if it is the same, or a new one, which is on
// disk before intend returns.
func (c *call) intend(kind string, key license.Key) (*intent, error) {
	if pending := c.state.Pending; pending.is(kind) && (kind != reactivating || pending.NewFingerprint == c.fingerprint) {
		return pending, nil
	}
	return c.intendAt(nextSequence(c.state.Sequence, c.settings.Now()), kind, key)
}

func (c *call) intendAt(sequence int64, kind string, key license.Key) (*intent, error) {
	wish := &intent{Kind: kind, Sequence: sequence, LicenseKey: storedKey{key}}
	if kind == reactivating {
		wish.NewFingerprint = c.fingerprint
	}
	c.state.Pending, c.state.Sequence = wish, sequence
	return wish, c.save()
}

// changed reports whether the seat is that of another computer.
func (c *call) changed() bool { return c.Machine.changed(&c.state) }

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
