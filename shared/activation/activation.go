// Package activation is the life of a seat online: a machine activates,
// reactivates, moves to new hardware, and deactivates.
//
// Each call is the same loop. Read the license and the machine in one consistent
// snapshot; decide; sign, where a certificate is due; commit on condition that
// what was decided on still holds. A lost race, and a write whose outcome is
// unknown, go back to the read. So a request may be repeated, duplicated or late:
// it finds what it did before.
package activation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Store keeps licenses and activations. It is safe for concurrent use.
type Store interface {
	// Find reads the license of a key, what is known of the machines, and the
	// trust in signing keys, as they all were at one moment after every commit
	// that was acknowledged before the call. It refuses with license.ErrNotFound,
	// or fails with license.ErrUnavailable.
	Find(ctx context.Context, key license.Key, machines ...license.Fingerprint) (*Snapshot, error)

	// Commit writes a change whole, or not at all, on the conditions that
	// license.SeatChange states. It retries what is its own affair (throttling,
	// overlapping transactions) within a bound. It fails with license.ErrStale
	// if a condition no longer held, license.ErrUnknown if it may or may not
	// have happened, license.ErrUnavailable if it did not.
	Commit(ctx context.Context, change license.SeatChange) error
}

// Signer makes signatures with a key that never leaves its keeper.
type Signer interface {
	// Sign returns the 64 bytes r‖s, s in the lower half, of the ES256 signature
	// over message. It fails with license.ErrUnavailable where repeating helps.
	Sign(ctx context.Context, keyID string, message []byte) ([]byte, error)
}

// A Snapshot is what Find read.
type Snapshot struct {
	License license.License
	// Activations has an entry for each machine asked for that is known.
	Activations map[license.Fingerprint]*license.Activation
	Trust       Trust
}

// Trust says which key signs now, and which keys' certificates are still good.
type Trust struct {
	// SigningKey names the key to its keeper, KeyID in certificates.
	SigningKey string
	KeyID      string
	// Trusted are the IDs of all keys in the trust bundle.
	Trusted []string
}

// Service answers the calls of machines. All fields are required.
type Service struct {
	Store  Store
	Signer Signer
	Now    func() time.Time
}

// Licensed is the answer to a machine that holds a seat.
type Licensed struct {
	Activation license.Activation
	License    license.License
	// Certificate is the compact form that Chariot verifies.
	Certificate string
	// New says that this call took the seat.
	New bool
}

const (
	// maxRounds bounds the reads of one call: losing this often means that the
	// license is changed all the time.
	maxRounds = 8
	// maxSignatures is how often one call signs, should the license change
	// between the signature and the commit (DESIGN 6).
	maxSignatures = 3
	// maxMoves bounds the moves followed from an old fingerprint to today's, a
	// read each.
	maxMoves = 64
	// maxTime bounds one call, so that its answer leaves before the gateway gives
	// up at 30 seconds.
	maxTime = 25 * time.Second
)

// errAgain sends a call back to its read.
var errAgain = errors.New("read again")

// A call is one request on its way: what must stay the same however often it
// reads again. Its activation ID is how it recognizes its own earlier write.
type call struct {
	*Service
	key        license.Key
	now        time.Time
	id         [17]byte
	event      license.ULID
	signatures map[string][]byte
}

func (s *Service) begin(key license.Key) *call {
	c := &call{Service: s, key: key, now: s.Now().UTC(), signatures: map[string][]byte{}}
	var random [10]byte
	rand.Read(c.id[:])
	rand.Read(random[:])
	c.event = license.NewULID(c.now, random)
	return c
}

// rounds repeats round until it succeeds or refuses.
func (c *call) rounds(ctx context.Context, round func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	for i := 0; i < maxRounds && ctx.Err() == nil; i++ {
		if err := round(ctx); err == nil || !repeats(err) {
			return err
		}
	}
	return fmt.Errorf("the license kept changing: %w", license.ErrUnavailable)
}

func repeats(err error) bool {
	return errors.Is(err, errAgain) || errors.Is(err, license.ErrStale) || errors.Is(err, license.ErrUnknown)
}

// at is the time of the call as it is stored: whole seconds.
func (c *call) at() time.Time { return c.now.Truncate(time.Second) }

// commit writes what becomes of one or two activations, with its audit event.
func (c *call) commit(ctx context.Context, l *license.License, kind license.EventKind, effect license.SeatEffect, changes ...license.ActivationChange) error {
	subject := changes[len(changes)-1].After
	return c.Store.Commit(ctx, license.SeatChange{
		License:     l.ID,
		Revision:    l.Revision,
		Effect:      effect,
		Activations: changes,
		Event: license.Event{
			ID: c.event, At: c.at(), Kind: kind, Actor: license.MachineActor,
			Activation: subject.ID, Machine: subject.Fingerprint, Hostname: subject.Machine.Hostname,
		},
	})
}
