package support

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/cirruslink/chariot-license/shared/catalog"
	"github.com/cirruslink/chariot-license/shared/license"
)

// Issue describes a new license. Its fields have been checked.
type Issue struct {
	Deployment license.Deployment
	Seats      int
	Features   []license.Feature
	Expires    time.Time
	Terms      license.Terms
	About      About
}

// Issued is a license with its present key, for whom it was issued to.
type Issued struct {
	Record
	Key  license.Key
	File string
}

// Issue makes a license. A repeated call returns the same license, with the key
// that it has now.
func (s *Service) Issue(ctx context.Context, call Call, r Issue) (*Issued, error) {
	id, err := s.once(ctx, call, func() (license.ID, error) { return s.issue(ctx, call, r) })
	if err != nil {
		return nil, err
	}
	return s.issued(ctx, id)
}

func (s *Service) issue(ctx context.Context, call Call, r Issue) (license.ID, error) {
	key := newKey()
	secret, err := s.Cipher.Encrypt(ctx, []byte(key.Reveal()), key.ID())
	if err != nil {
		return "", err
	}
	grant := license.Grant{ID: string(s.ulid()), At: s.now(), Revision: 1, Add: catalog.Metered(r.Features)}
	call.License = key.ID()
	return key.ID(), s.Writer.Write(ctx, Change{
		Call: call,
		After: Record{About: r.About, License: license.License{
			ID: key.ID(), Deployment: r.Deployment, State: license.Active, Seats: r.Seats,
			Features: license.Features([]license.Grant{grant}), Expires: r.Expires, Terms: r.Terms,
			Revision: 1, KeyHash: key.Hash(), OfflineKey: key.OfflineKey(), CreatedAt: s.now(),
		}},
		Secret: secret,
		Grant:  &grant,
		Event:  s.event(call, license.Issued, ""),
	})
}

func newKey() license.Key {
	var random [16]byte
	rand.Read(random[:])
	return license.NewKey(random)
}

// issued reads a license back with its key, as it is now.
func (s *Service) issued(ctx context.Context, id license.ID) (*Issued, error) {
	record, err := s.record(ctx, id)
	if err != nil {
		return nil, err
	}
	secret, err := s.Reader.Secret(ctx, id)
	if err != nil {
		return nil, err
	}
	text, err := s.Cipher.Decrypt(ctx, secret, id)
	if err != nil {
		return nil, err
	}
	key, err := license.ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading back the key of %s: %w", id, err)
	}
	return &Issued{Record: *record, Key: key, File: license.File(&record.License, key)}, nil
}
