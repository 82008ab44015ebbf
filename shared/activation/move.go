package activation

import (
	"context"
	"slices"

	"github.com/cirruslink/chariot-license/shared/license"
)

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
