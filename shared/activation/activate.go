package activation

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Activate asks for a seat.
type Activate struct {
	Key         license.Key
	Fingerprint license.Fingerprint
	// Sequence orders the intents of a machine; nil stands for our clock.
	Sequence *int64
	Machine  license.Machine
}

// Activate gives the machine a seat, or the one that it holds already. It
// refuses with license.ErrNotFound, what License.Check refuses, or what
// License.Open refuses.
func (s *Service) Activate(ctx context.Context, r Activate) (answer *Licensed, err error) {
	c := s.begin(r.Key)
	err = c.rounds(ctx, func(ctx context.Context) error {
		answer, err = c.activate(ctx, r)
		return err
	})
	return answer, err
}

func (c *call) activate(ctx context.Context, r Activate) (*Licensed, error) {
	snap, err := c.Store.Find(ctx, c.key, r.Fingerprint)
	if err != nil {
		return nil, err
	}
	l := &snap.License
	if err := l.Check(c.now, license.Online); err != nil {
		return nil, err
	}
	before := snap.Activations[r.Fingerprint]
	if before.Holds() {
		return c.current(ctx, snap, before)
	}
	if isLateCopyOfMoved(before, r.Sequence) {
		return c.follow(ctx, before)
	}
	sequence, err := l.Open(before, r.Sequence, c.now)
	if err != nil {
		return nil, err
	}
	after := license.Activation{
		Fingerprint: r.Fingerprint, State: license.Holding, Sequence: sequence,
		ID:          license.NewActivationID(l.ID, r.Fingerprint, c.id),
		ActivatedAt: c.at(), Machine: r.Machine,
	}
	if before != nil {
		after.Moved, after.Held = before.Moved, before.Past(l.ID)
	}
	if after.Certificate, err = c.sign(ctx, snap, after); err != nil {
		return nil, err
	}
	change := license.ActivationChange{Before: before, After: after}
	if err := c.commit(ctx, l, license.Activated, license.TakeSeat, change); err != nil {
		return nil, err
	}
	l.Used++
	return licensed(*l, after, true), nil
}

// isLateCopyOfMoved reports a request that asks again for what has since moved
// to other hardware: it follows the move. One that is newer than the move is a
// new wish, for a seat of its own.
func isLateCopyOfMoved(before *license.Activation, sequence *int64) bool {
	return before != nil && before.Follow(before.ID) != nil && sequence != nil && *sequence <= before.Sequence
}

// follow answers for the machine that took over a seat, if it still holds it.
func (c *call) follow(ctx context.Context, old *license.Activation) (*Licensed, error) {
	snap, a, id, err := c.locate(ctx, old.Moved.To, old.Moved.ToID)
	if err != nil {
		return nil, err
	}
	if !a.Holds() || a.ID != id {
		return nil, &license.SupersededError{Sequence: old.Sequence}
	}
	return c.current(ctx, snap, a)
}

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
