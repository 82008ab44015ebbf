package activation

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Reactivate asks for the updates of the license a machine runs on.
type Reactivate struct {
	Key         license.Key
	ID          license.ActivationID
	Fingerprint license.Fingerprint
	// NewFingerprint, unless empty, is what the same installation is known by
	// from now on: its hardware has changed.
	NewFingerprint license.Fingerprint
	// Sequence orders a move among the intents of the machine; nil stands for
	// our clock.
	Sequence *int64
}

// Reactivate returns the certificate for the license as it is now: the stored
// bytes, without a signature, while they are fresh. It refuses with
// license.ErrNotFound, what License.Check refuses, license.ErrOfflineActivation,
// license.ErrActivationNotFound, *license.ReleasedError, or, for a move, what
// license.Activation.Precedes or license.OpenSequence refuses.
func (s *Service) Reactivate(ctx context.Context, r Reactivate) (answer *Licensed, err error) {
	c := s.begin(r.Key)
	err = c.rounds(ctx, func(ctx context.Context) error {
		answer, err = c.reactivate(ctx, r)
		return err
	})
	return answer, err
}

func (c *call) reactivate(ctx context.Context, r Reactivate) (*Licensed, error) {
	var others []license.Fingerprint
	if r.NewFingerprint != "" && r.NewFingerprint != r.Fingerprint {
		others = append(others, r.NewFingerprint)
	}
	snap, a, id, err := c.locate(ctx, r.Fingerprint, r.ID, others...)
	if err != nil {
		return nil, err
	}
	if err := snap.License.Check(c.now, license.Online, license.Offline); err != nil {
		return nil, err
	}
	switch {
	case snap.License.Deployment == license.Offline:
		return nil, license.ErrOfflineActivation
	case a == nil:
		return nil, license.ErrActivationNotFound
	case a.State == license.Released && a.Knew(snap.License.ID, r.ID):
		return nil, &license.ReleasedError{Sequence: a.Sequence}
	case !a.Holds() || a.ID != id:
		return nil, license.ErrActivationNotFound
	case r.NewFingerprint == "" || r.NewFingerprint == a.Fingerprint:
		return c.current(ctx, snap, a)
	}
	return c.move(ctx, snap, a, r)
}
