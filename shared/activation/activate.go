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
