// Package support is what the seller's people do with licenses: issue, look up,
// change, suspend, reinstate, revoke, replace a license key that leaked, and restore
// the seat of a machine that is gone. Every act is on record with who did it, and may
// be repeated: a call that was answered before answers with how things stand now.
package support

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

// ErrCallReused: the idempotency key belongs to another request. The caller must
// choose a new one for a new request.
var ErrCallReused = errors.New("idempotency key was used for another request")

// CallLife is how long an idempotency key is remembered.
const CallLife = 35 * 24 * time.Hour

// A Call is one request of one person, named by its idempotency key.
type Call struct {
	// Key is what the person chose, and Body the hash of method, path and body.
	Key  string
	Body [32]byte
	// Actor is who calls, as the gateway's authorizer says.
	Actor string
	// License is what the call was about; set once it is answered.
	License license.ID
}

// About is whom a license belongs to: the only personal data that is kept.
type About struct {
	ContactEmail string
	// Reference is the seller's: a purchase order, a ticket. Note is free text.
	Reference string
	Note      string
}

// A Record is a license as support sees it.
type Record struct {
	License license.License
	About   About
}

// A Change is everything that one act writes, in one transaction.
type Change struct {
	Call Call
	// Before is nil when the license is new; else it must still be at its
	// revision. After is how it reads then; its Used is not written.
	Before *Record
	After  Record
	// Secret is the encrypted license key, where it is a new one; with Before, it
	// replaces another.
	Secret []byte
	// Grant is nil unless features were added or removed.
	Grant *license.Grant
	Event license.Event
}

// Reader is what support looks at. Every read sees all acknowledged writes. All
// methods may fail with license.ErrUnavailable.
type Reader interface {
	// Records reads licenses, leaving out those that do not exist.
	Records(ctx context.Context, ids ...license.ID) ([]Record, error)
	// Named returns which license a license key names. That it is still that
	// license's key, its hash says, nothing else.
	Named(ctx context.Context, key license.Key) (license.ID, error)
	// Machines reads a license and some of its machines as of one moment. It
	// refuses with license.ErrNotFound.
	Machines(ctx context.Context, id license.ID, machines ...license.Fingerprint) (*activation.Snapshot, error)
	// Grants reads all grants of a license.
	Grants(ctx context.Context, id license.ID) ([]license.Grant, error)
	// Secret reads the encrypted license key. It refuses with license.ErrNotFound.
	Secret(ctx context.Context, id license.ID) ([]byte, error)
	// Activations and Events read up to 100, events from the newest; next is
	// where to go on, empty at the end.
	Activations(ctx context.Context, id license.ID, after string) (page []license.Activation, next string, err error)
	Events(ctx context.Context, id license.ID, after string) (page []license.Event, next string, err error)
	// Search finds up to 20 licenses by e-mail address or reference.
	Search(ctx context.Context, term, after string) (ids []license.ID, next string, err error)
}

// Writer is how support changes things. Its errors are activation.Store's, with
// license.ErrStale too where the call is already on record.
type Writer interface {
	// Call reads the call of an idempotency key; nil if there is none.
	Call(ctx context.Context, key string) (*Call, error)
	Write(ctx context.Context, change Change) error
	// Record records a call that had nothing left to do.
	Record(ctx context.Context, call Call, at time.Time) error
	// Release frees seats, and records the call, in one transaction.
	Release(ctx context.Context, change license.SeatChange, call Call) error
}

// Cipher keeps license keys for the mail and for the file that support hands out.
type Cipher interface {
	Encrypt(ctx context.Context, plaintext []byte, id license.ID) ([]byte, error)
	Decrypt(ctx context.Context, ciphertext []byte, id license.ID) ([]byte, error)
}

// Service answers support. All fields are required.
type Service struct {
	Reader Reader
	Writer Writer
	Cipher Cipher
	Now    func() time.Time
}

// maxRounds bounds how often an act is decided anew because something changed.
const maxRounds = 8

// once lets act happen unless the call was answered before, and returns what the
// call is about. act commits the call along with what it does.
func (s *Service) once(ctx context.Context, call Call, act func() (license.ID, error)) (license.ID, error) {
	for i := 0; i < maxRounds && ctx.Err() == nil; i++ {
		known, err := s.Writer.Call(ctx, call.Key)
		if err != nil {
			return "", err
		}
		if known != nil && known.Body != call.Body {
			return "", ErrCallReused
		}
		if known != nil {
			return known.License, nil
		}
		id, err := act()
		if err == nil || !errors.Is(err, license.ErrStale) && !errors.Is(err, license.ErrUnknown) {
			return id, err
		}
	}
	return "", fmt.Errorf("the license kept changing: %w", license.ErrUnavailable)
}

// record reads one license. It refuses with license.ErrNotFound.
func (s *Service) record(ctx context.Context, id license.ID) (*Record, error) {
	records, err := s.Reader.Records(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, license.ErrNotFound
	}
	return &records[0], nil
}

// now is the time as it is stored: UTC, whole seconds.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Second) }

// event is the record of an act, complete but for what it is about.
func (s *Service) event(call Call, kind license.EventKind, reason string) license.Event {
	return license.Event{
		ID: s.ulid(), At: s.now(), Kind: kind, Actor: license.SupportPrefix + call.Actor, Reason: reason,
	}
}

func (s *Service) ulid() license.ULID {
	var random [10]byte
	rand.Read(random[:])
	return license.NewULID(s.Now(), random)
}
