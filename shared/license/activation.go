package license

import (
	"slices"
	"time"
)

// ActivationState says whether an Activation holds its seat.
type ActivationState string

// The states of an Activation. Holding is the only one that counts as used.
const (
	Holding  ActivationState = "ACTIVE"
	Closed   ActivationState = "CLOSED"
	Released ActivationState = "RELEASED"
)

// Signed is a certificate as it is stored: package certificate rebuilds its
// text from it byte by byte. The zero Signed is none.
type Signed struct {
	KeyID     string
	Payload   []byte
	Signature []byte
}

// An Activation is what a License knows of one Machine: that it holds a seat, or
// held one. There is one for each fingerprint ever seen, and none is deleted, so
// that a late copy of an old request is known for what it is.
//
// Invariants, kept by the store:
//   - Sequence never falls
//   - each opening has a new ID; only a move hands its ID on
//   - Certificate is for this ID and machine; it stays, unused, when the seat goes
type Activation struct {
	Fingerprint Fingerprint
	State       ActivationState
	ID          ActivationID
	// Sequence is the highest that opened or closed this activation.
	Sequence    int64
	ActivatedAt time.Time
	ClosedAt    time.Time
	Machine     Machine
	Certificate Signed
	// Moved is the last move of a seat from this machine to another, remembered
	// when it has a seat of its own again; zero if there was none.
	Moved Move
	// Held are the last IDs, up to four, that this machine took over by moves and
	// holds no longer. They were issued to other machines.
	Held []ActivationID
}

// A Move says where the activation ID went: to the machine To, where it is ToID.
type Move struct {
	ID   ActivationID
	To   Fingerprint
	ToID ActivationID
}

// Holds reports whether the activation, which may be nil, holds a seat.
func (a *Activation) Holds() bool { return a != nil && a.State == Holding }

// Knew reports whether id names this activation, or an older one of the same
// machine in the license.
func (a *Activation) Knew(license ID, id ActivationID) bool {
	return a.ID == id || id.IssuedTo(license, a.Fingerprint) || slices.Contains(a.Held, id)
}

// maxHeld bounds Held: a machine that is moved to and fro all day is no plant.
const maxHeld = 4

// Past is Held once the machine opens a new activation in the place of a, which
// may be nil.
func (a *Activation) Past(license ID) []ActivationID {
	if a == nil {
		return nil
	}
	if a.ID.IssuedTo(license, a.Fingerprint) || slices.Contains(a.Held, a.ID) {
		return a.Held
	}
	past := append(slices.Clone(a.Held), a.ID)
	return past[max(0, len(past)-maxHeld):]
}

// Follow returns where the activation ID went from this machine, which may be
// unknown: nil if it is nowhere else.
func (a *Activation) Follow(id ActivationID) *Move {
	if a == nil || a.Moved.To == "" || a.Moved.ID != id || a.Holds() && a.ID == id {
		return nil
	}
	return &a.Moved
}

// Precedes refuses, with *SupersededError, a request that closes or moves a and
// is older than what opened it. One without a sequence is never older.
func (a *Activation) Precedes(sequence *int64) error {
	if sequence != nil && *sequence < a.Sequence {
		return &SupersededError{Sequence: a.Sequence}
	}
	return nil
}

// Machine is what a machine says of itself, for people to recognize it.
// Both may be empty.
type Machine struct {
	Hostname string
	Version  string
}

// maxAhead is how far a machine's sequence may run ahead of our clock: the API
// promises a day, so that one wrong clock cannot lock a machine out for years.
const maxAhead = 24 * time.Hour

// SequenceAt is the sequence of a request that brought none of its own.
func SequenceAt(now time.Time) int64 { return now.UnixMilli() }

// Open decides whether a machine that holds no seat may have one of l. before is
// what is known of the machine, nil if nothing; sequence is the request's own,
// nil if it brought none. It returns the sequence to store.
//
// It refuses with *ReleasedError, *SupersededError or *SeatsTakenError, in that
// order. The license itself must have been checked before.
//
// Source: DESIGN 5, Activate.
func (l *License) Open(before *Activation, sequence *int64, now time.Time) (int64, error) {
	opening, err := OpenSequence(before, sequence, now)
	if err != nil {
		return 0, err
	}
	if l.Used >= l.Seats {
		return 0, &SeatsTakenError{Seats: l.Seats}
	}
	return opening, nil
}

// OpenSequence is the part of Open that looks at the machine alone: a move needs
// no free seat. It refuses with *ReleasedError or *SupersededError.
func OpenSequence(before *Activation, sequence *int64, now time.Time) (int64, error) {
	var stored int64
	if before != nil {
		stored = before.Sequence
	}
	opening := SequenceAt(now)
	if sequence != nil {
		opening = *sequence
	}
	known := before != nil
	switch {
	case known && before.State == Released && (sequence == nil || opening <= stored):
		return 0, &ReleasedError{Sequence: stored}
	case opening > SequenceAt(now.Add(maxAhead)):
		return 0, &SupersededError{Sequence: max(stored, SequenceAt(now))}
	case known && opening <= stored:
		return 0, &SupersededError{Sequence: stored}
	}
	return opening, nil
}

// Close returns a as it is once its seat is gone: Closed by the customer, or
// Released by support. The sequence that is kept is the highest of the stored
// one and the request's own, or our clock where it has none. One that runs more
// than a day ahead counts as a day ahead: the seat is given back all the same.
func (a Activation) Close(state ActivationState, sequence *int64, now time.Time) Activation {
	closing := SequenceAt(now)
	if sequence != nil {
		closing = min(*sequence, SequenceAt(now.Add(maxAhead)))
	}
	a.State = state
	a.Sequence = max(a.Sequence, closing)
	a.ClosedAt = now.Truncate(time.Second)
	return a
}
