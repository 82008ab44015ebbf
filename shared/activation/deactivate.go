package activation

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Deactivate gives a seat back.
type Deactivate struct {
	Key         license.Key
	ID          license.ActivationID
	Fingerprint license.Fingerprint
	// Sequence orders the intents of a machine; nil stands for our clock.
	Sequence *int64
}

// Deactivate frees the machine's seat, in every state of the license, and
// returns the license. Repeated, or naming an older activation of this machine,
// it changes nothing. It refuses with license.ErrNotFound,
// license.ErrActivationNotFound, or what license.Activation.Precedes refuses.
func (s *Service) Deactivate(ctx context.Context, r Deactivate) (l *license.License, err error) {
	c := s.begin(r.Key)
	err = c.rounds(ctx, func(ctx context.Context) error {
		l, err = c.deactivate(ctx, r)
		return err
	})
	return l, err
}

func (c *call) deactivate(ctx context.Context, r Deactivate) (*license.License, error) {
	snap, a, id, err := c.locate(ctx, r.Fingerprint, r.ID)
	if err != nil {
		return nil, err
	}
	l := &snap.License
	followed := a != nil && a.Fingerprint != r.Fingerprint
	switch {
	case a == nil || !followed && !a.Knew(l.ID, r.ID):
		return nil, license.ErrActivationNotFound
	case !a.Holds() || a.ID != id:
		return l, nil // done before, or an older activation
	}
	if err := a.Precedes(r.Sequence); err != nil {
		return nil, err
	}
	change := license.ActivationChange{Before: a, After: a.Close(license.Closed, r.Sequence, c.now)}
	if err := c.commit(ctx, l, license.Deactivated, license.FreeSeat, change); err != nil {
		return nil, err
	}
	l.Used--
	return l, nil
}
