package activation

import (
	"context"
	"slices"

	"github.com/cirruslink/chariot-license/shared/certificate"
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

// move hands the seat of old to the new fingerprint, under the same activation
// ID. A new fingerprint that holds a seat already keeps its own, and the old
// one is free.
func (c *call) move(ctx context.Context, snap *Snapshot, old *license.Activation, r Reactivate) (*Licensed, error) {
	if err := old.Precedes(r.Sequence); err != nil {
		return nil, err
	}
	l, target := &snap.License, snap.Activations[r.NewFingerprint]
	closed := old.Close(license.Closed, r.Sequence, c.now)
	closed.Moved = license.Move{ID: old.ID, To: r.NewFingerprint, ToID: old.ID}
	if target.Holds() {
		closed.Moved.ToID = target.ID
		change := license.ActivationChange{Before: old, After: closed}
		if err := c.commit(ctx, l, license.Moved, license.FreeSeat, change); err != nil {
			return nil, err
		}
		return nil, errAgain // the next read follows the move
	}
	sequence, err := license.OpenSequence(target, r.Sequence, c.now)
	if err != nil {
		return nil, err
	}
	opened := license.Activation{
		Fingerprint: r.NewFingerprint, State: license.Holding, ID: old.ID,
		Sequence:    max(sequence, closed.Sequence), // the guard against old copies moves along
		ActivatedAt: old.ActivatedAt, Machine: old.Machine, Held: target.Past(l.ID),
	}
	if target != nil && target.Moved.ID != old.ID {
		opened.Moved = target.Moved
	}
	if opened.Certificate, err = c.sign(ctx, snap, opened); err != nil {
		return nil, err
	}
	err = c.commit(ctx, l, license.Moved, license.KeepSeats,
		license.ActivationChange{Before: old, After: closed},
		license.ActivationChange{Before: target, After: opened})
	if err != nil {
		return nil, err
	}
	return licensed(*l, opened, false), nil
}

// locate finds the activation that a machine's ID stands for today, its own or
// the one it moved to, and the ID that it has there. The activation is nil if
// the machine is unknown. Others are read along.
func (c *call) locate(ctx context.Context, machine license.Fingerprint, id license.ActivationID, others ...license.Fingerprint) (*Snapshot, *license.Activation, license.ActivationID, error) {
	for range maxMoves {
		wanted := append([]license.Fingerprint{machine}, others...)
		slices.Sort(wanted)
		snap, err := c.Store.Find(ctx, c.key, slices.Compact(wanted)...)
		if err != nil {
			return nil, nil, id, err
		}
		a := snap.Activations[machine]
		move := a.Follow(id)
		if move == nil {
			return snap, a, id, nil
		}
		machine, id = move.To, move.ToID
	}
	return nil, nil, id, license.ErrActivationNotFound
}

// isFresh reports whether the stored certificate still serves: it is of the
// license's revision, its key is trusted, and more than half of its time to the
// next contact is left.
//
// Source: DESIGN 5, Reactivate.
func (c *call) isFresh(snap *Snapshot, a *license.Activation) bool {
	stored, err := certificate.Parse(a.Certificate.Payload)
	if err != nil || stored.Revision != snap.License.Revision || !slices.Contains(snap.Trust.Trusted, a.Certificate.KeyID) {
		return false
	}
	if stored.ContactBy.IsZero() {
		return true
	}
	return stored.ContactBy.Sub(c.now) > c.now.Sub(stored.IssuedAt)
}
