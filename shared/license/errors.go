package license

import (
	"errors"
	"fmt"
	"time"
)

// The refusals, in the order in which they are checked. Package api has one
// table that gives each its status and its sentence.
var (
	// ErrNotFound: no license has this key or ID. The caller must look it up.
	ErrNotFound = errors.New("license not found")
	// ErrRevoked: final; the customer must talk to the seller.
	ErrRevoked = errors.New("license revoked")
	// ErrSuspended: until the seller reinstates it.
	ErrSuspended = errors.New("license suspended")
	// ErrOfflineActivation: the machine must make a new offline request instead.
	ErrOfflineActivation = errors.New("activation was made offline")
	// ErrActivationNotFound: the machine holds no such activation; activate first.
	ErrActivationNotFound = errors.New("activation not found")
)

// The troubles of the store. They are no refusals: the customer did nothing wrong.
var (
	// ErrStale: what the decision was based on has changed; read and decide again.
	ErrStale = errors.New("state has changed since it was read")
	// ErrUnknown: the write may or may not have happened; read before deciding.
	ErrUnknown = errors.New("outcome of the write is unknown")
	// ErrUnavailable: 503 with Retry-After; the same request may be repeated.
	ErrUnavailable = errors.New("temporarily unavailable")
)

// ExpiredError: the license ended at At, inclusive.
type ExpiredError struct{ At time.Time }

func (e *ExpiredError) Error() string {
	return "license expired at " + e.At.Format(time.RFC3339)
}

// DeploymentError: the license is of another deployment than the route serves.
type DeploymentError struct{ Deployment Deployment }

func (e *DeploymentError) Error() string {
	return "license is for deployment " + string(e.Deployment)
}

// ReleasedError: support gave the seat away. Only a person may ask for one again,
// with a sequence above Sequence.
type ReleasedError struct{ Sequence int64 }

func (e *ReleasedError) Error() string {
	return fmt.Sprintf("activation was released at sequence %d", e.Sequence)
}

// SupersededError: a newer request has been seen. A machine whose user still
// wants the seat counts on from Sequence.
type SupersededError struct{ Sequence int64 }

func (e *SupersededError) Error() string {
	return fmt.Sprintf("superseded by sequence %d", e.Sequence)
}

// RevisionError: the license is at another revision than the caller had read.
type RevisionError struct{ Revision int64 }

func (e *RevisionError) Error() string {
	return fmt.Sprintf("license is at revision %d", e.Revision)
}

// SeatsTakenError: all Seats are held by other machines.
type SeatsTakenError struct{ Seats int }

func (e *SeatsTakenError) Error() string {
	return fmt.Sprintf("all %d seats are taken", e.Seats)
}
