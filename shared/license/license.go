// Package license holds the rules of licensing: what a License is, who may
// take a seat of it, and what a license key looks like. It is pure: state and
// time go in, a verdict comes out. It reads no clock and does no I/O.
package license

import (
	"slices"
	"time"
)

// Deployment is how a License may be activated.
type Deployment string

// The deployments. Each route of the API serves one of them.
const (
	Online      Deployment = "online"
	Leased      Deployment = "leased"
	Offline     Deployment = "offline"
	Floating    Deployment = "floating"
	Marketplace Deployment = "marketplace"
)

// State is what the seller says of a License. That it has expired is no state:
// time says it.
type State string

// The states. Suspended is reversible, Revoked is final.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Revoked   State = "revoked"
)

// Enforcement is what Chariot does when a certificate's time has run out.
type Enforcement string

// The enforcements, from the mildest. The zero value stands for Warn.
const (
	Warn    Enforcement = "warn"
	Degrade Enforcement = "degrade"
	Stop    Enforcement = "stop"
)

// Terms are what a plant is promised about the end of its license.
type Terms struct {
	// Enforce is what happens after the end; zero means Warn.
	Enforce Enforcement
	// GraceDays run on from Expires before Enforce applies. Zero means none.
	GraceDays int
	// ContactDays is how long a machine may stay without contact; zero means
	// that it never needs any.
	ContactDays int
}

// A License lets up to Seats machines run the product at once.
//
// Invariants, kept by the store:
//   - Seats ≥ 1; Used is the number of active Activations
//   - Used grows only while Used < Seats. Seats may be lowered below Used:
//     nobody is evicted, nothing more is granted
//   - Revision rises with every change of the License, never with Used
//   - ID never changes: it derives from the first key, KeyHash and OfflineKey from
//     the present one
//   - times are UTC in whole seconds; a zero Expires means never
type License struct {
	ID         ID
	Deployment Deployment
	State      State
	Seats      int
	Used       int
	Features   []Feature
	Expires    time.Time
	Terms      Terms
	Revision   int64
	// KeyHash authenticates who presents the license key.
	KeyHash [32]byte
	// OfflineKey authenticates offline requests.
	OfflineKey [32]byte
	CreatedAt  time.Time
}

// Check refuses with ErrRevoked, ErrSuspended, *ExpiredError or
// *DeploymentError, in that order: what the seller said comes before what time
// says, and both before what was asked. A license is expired from Expires on,
// inclusive.
func (l *License) Check(now time.Time, want ...Deployment) error {
	switch {
	case l.State == Revoked:
		return ErrRevoked
	case l.State == Suspended:
		return ErrSuspended
	case l.expired(now):
		return &ExpiredError{At: l.Expires}
	case !slices.Contains(want, l.Deployment):
		return &DeploymentError{Deployment: l.Deployment}
	}
	return nil
}

// ReplaceKey puts key in the place of the license key, and raises the revision:
// what was decided for the old key, and not committed yet, is stale. It refuses
// with ErrRevoked; no other state is in the way.
func (l *License) ReplaceKey(key Key) error {
	if l.State == Revoked {
		return ErrRevoked
	}
	l.KeyHash, l.OfflineKey = key.Hash(), key.OfflineKey()
	l.Revision++
	return nil
}

func (l *License) expired(now time.Time) bool {
	return !l.Expires.IsZero() && !now.Before(l.Expires)
}

// GraceUntil is when the grace after the license's end is over; zero if the
// license has no end or no grace.
func (l *License) GraceUntil() time.Time {
	if l.Expires.IsZero() || l.Terms.GraceDays == 0 {
		return time.Time{}
	}
	return l.Expires.AddDate(0, 0, l.Terms.GraceDays)
}

// ContactBy is when a machine that was in contact at the given time must call
// again; zero if it never needs to.
func (l *License) ContactBy(contact time.Time) time.Time {
	if l.Terms.ContactDays == 0 {
		return time.Time{}
	}
	return contact.AddDate(0, 0, l.Terms.ContactDays)
}
