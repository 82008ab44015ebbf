package support

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

// ReplaceKey gives a license a new key in the place of one that leaked. From the
// next call on the old one is unknown. Activations stay, and so does the license
// ID: their machines go on with the new key. A repeated call returns the key that
// the license has now. It refuses with license.ErrNotFound or license.ErrRevoked.
//
// Of the calls under way with the old key, those that take or renew a seat are
// refused too: they commit only at the revision that they read. One that gives a
// seat back may still do so.
func (s *Service) ReplaceKey(ctx context.Context, call Call, id license.ID, reason string) (*Issued, error) {
	id, err := s.once(ctx, call, func() (license.ID, error) { return id, s.replaceKey(ctx, call, id, reason) })
	if err != nil {
		return nil, err
	}
	return s.issued(ctx, id)
}

func (s *Service) replaceKey(ctx context.Context, call Call, id license.ID, reason string) error {
	before, err := s.record(ctx, id)
	if err != nil {
		return err
	}
	key, after := newKey(), *before
	if err := after.License.ReplaceKey(key); err != nil {
		return err
	}
	secret, err := s.Cipher.Encrypt(ctx, []byte(key.Reveal()), id)
	if err != nil {
		return err
	}
	call.License = id
	return s.Writer.Write(ctx, Change{
		Call: call, Before: before, After: after, Secret: secret,
		Event: s.event(call, license.KeyReplaced, reason),
	})
}
