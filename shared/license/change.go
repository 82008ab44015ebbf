package license

import "time"

// SeatEffect is what a SeatChange does to the number of used seats.
type SeatEffect int

const (
	// KeepSeats leaves used as it is; the license must still be at its revision.
	KeepSeats SeatEffect = iota
	// TakeSeat adds one while used < seats and the license is at its revision.
	TakeSeat
	// FreeSeat takes one off, whatever became of the license since it was read.
	FreeSeat
)

// A SeatChange is everything that one change of seats writes, in one
// transaction: it happens whole, or not at all.
type SeatChange struct {
	License ID
	// Revision is that of the license the change was decided, and signed, on.
	Revision    int64
	Effect      SeatEffect
	Activations []ActivationChange
	Event       Event
}

// An ActivationChange replaces Before, nil if the machine was unknown, with After.
// It happens only if the machine's activation is still exactly Before.
type ActivationChange struct {
	Before *Activation
	After  Activation
}

// EventKind says what happened.
type EventKind string

// The kinds of events, in the past tense.
const (
	Issued        EventKind = "license-issued"
	Changed       EventKind = "license-changed"
	KeyReplaced   EventKind = "license-key-replaced"
	Activated     EventKind = "activated"
	Reactivated   EventKind = "reactivated"
	Moved         EventKind = "moved"
	Deactivated   EventKind = "deactivated"
	SeatRestored  EventKind = "seat-restored"
	MachineActor            = "machine"
	SupportPrefix           = "support:"
)

// An Event is the audit record of one change, written in the same transaction.
// It holds no license key and no personal data of the customer.
type Event struct {
	ID ULID
	At time.Time
	// Kind says what happened; Actor who did it: "machine", or "support:" and
	// the name that the gateway's authorizer gave.
	Kind  EventKind
	Actor string
	// Activation, Machine and Hostname are set where the event is about one.
	Activation ActivationID
	Machine    Fingerprint
	Hostname   string
	// Reason is what support gave as reason.
	Reason string
	// Changes says which fields changed, for people: "seats 5 → 7".
	Changes []string
}
