package license

import "time"

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
	// MovedTo is the machine that took over this seat by a move, and MovedID its
	// activation then; both empty if none did. MovedFrom is the machine that
	// this one took a seat over from.
	MovedTo   Fingerprint
	MovedID   ActivationID
	MovedFrom Fingerprint
}

// Holds reports whether the activation, which may be nil, holds a seat.
func (a *Activation) Holds() bool { return a != nil && a.State == Holding }

// Knew reports whether id names this activation, or an older one of the same
// machine in the license.
func (a *Activation) Knew(license ID, id ActivationID) bool {
	return a.ID == id || id.IssuedTo(license, a.Fingerprint) ||
		a.MovedFrom != "" && id.IssuedTo(license, a.MovedFrom)
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
// It refuses with ErrReleased, *SupersededError or *SeatsTakenError, in that
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
// no free seat. It refuses with ErrReleased or *SupersededError.
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
		return 0, ErrReleased
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
