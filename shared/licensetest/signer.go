// Package licensetest helps tests of everything that licenses: with real keys and
// real signatures, and with faults where a test asks for them. No function
// imports it.
package licensetest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A Signer signs as the keeper of keys does, with a real key on P-256 that it
// made for one test. It is safe for concurrent use.
type Signer struct {
	private *ecdsa.PrivateKey

	mu         sync.Mutex
	signatures int
	failures   []error
}

// NewSigner makes a Signer with a new key.
func NewSigner(t testing.TB) *Signer {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	return &Signer{private: private}
}

// KeyID is the ID of the key in certificates and trust bundles.
func (s *Signer) KeyID() string { return certificate.KeyID(&s.private.PublicKey) }

// SigningKey is the keeper's own name of the key: the keyID that Sign takes. It
// differs from KeyID, so that a test notices where the two are mixed up.
func (s *Signer) SigningKey() string { return "signing-key-" + s.KeyID() }

// Sign returns 64 bytes r‖s, s in the lower half. It fails with what Fail has
// put in its way, with ctx's error once ctx is done, and for other keys than
// SigningKey.
func (s *Signer) Sign(ctx context.Context, keyID string, message []byte) ([]byte, error) {
	if err := s.next(ctx, keyID); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(message)
	r, v, err := ecdsa.Sign(rand.Reader, s.private, digest[:])
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	n := elliptic.P256().Params().N
	if v.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		v.Sub(n, v)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	v.FillBytes(signature[32:])
	return signature, nil
}

// next decides whether a call may sign, and counts it if so.
func (s *Signer) next(ctx context.Context, keyID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("signing: %w: %w", license.ErrUnavailable, ctx.Err())
	case keyID != s.SigningKey():
		return fmt.Errorf("signing: there is no key %q", keyID)
	case len(s.failures) > 0:
		err := s.failures[0]
		s.failures = s.failures[1:]
		return err
	}
	s.signatures++
	return nil
}

// Signatures is how many signatures were made; failed calls do not count.
func (s *Signer) Signatures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signatures
}

// Fail makes the next n calls fail with err, after those that were told to fail
// before.
func (s *Signer) Fail(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, slices.Repeat([]error{err}, n)...)
}

// Trusted is the key's entry in a trust bundle: it may sign certificates and
// floating entitlements, from 1970 on, and is not retired.
func (s *Signer) Trusted() certificate.TrustedKey {
	return certificate.NewTrustedKey(&s.private.PublicKey, time.Unix(0, 0).UTC(), certificate.Activation, certificate.Floating)
}

// Roots are the root keys that clients pin to trust what Bundle signs.
func (s *Signer) Roots() []certificate.RootKey {
	return []certificate.RootKey{certificate.NewRootKey(&s.private.PublicKey)}
}

// Bundle signs a trust bundle with the key of s, as the operator does with a
// root key, and returns it in compact form. The Roots of s verify it.
func (s *Signer) Bundle(t testing.TB, version int64, keys ...certificate.TrustedKey) string {
	t.Helper()
	b := certificate.Bundle{Version: version, IssuedAt: time.Unix(0, 0).UTC(), Keys: keys}
	payload := b.Payload()
	message := certificate.SigningInput(certificate.Trust, s.KeyID(), payload)
	signature, err := s.Sign(t.Context(), s.SigningKey(), message)
	if err != nil {
		t.Fatalf("signing the trust bundle: %v", err)
	}
	return certificate.Compact(certificate.Trust, license.Signed{KeyID: s.KeyID(), Payload: payload, Signature: signature})
}
