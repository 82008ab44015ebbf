package certificate

import (
	"slices"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Expected is what a verifier knows by itself, and holds a certificate against.
type Expected struct {
	// Kind is Activation or Floating.
	Kind    Kind
	License license.ID
	Machine license.Fingerprint
	// Nonce is the one of the pending offline request; empty online.
	Nonce string
}

// Verify returns the certificate in a compact JWS if a key of the bundle signed
// it, and it is the expected one. It refuses with ErrCompact, ErrHeader,
// ErrKind, ErrUnknownKey, ErrKeyUse, ErrAlgorithm, ErrUnsupported, ErrKey,
// ErrSignatureForm, ErrSignature, ErrPayload, ErrKeyPeriod, ErrLicense,
// ErrMachine or ErrNonce, in that order.
//
// Nothing in the payload is looked at before the signature is found good. Whether
// the certificate's own time has run out is not looked at here.
func Verify(compact string, bundle *Bundle, want Expected) (*Certificate, error) {
	var key TrustedKey
	payload, err := open(compact, want.Kind, func(keyID string) (JWK, error) {
		k, known := bundle.Key(keyID)
		switch {
		case !known:
			return JWK{}, ErrUnknownKey
		case want.Kind == Trust, !slices.Contains(k.Use, want.Kind):
			return JWK{}, ErrKeyUse
		}
		key = k
		return k.JWK, nil
	})
	if err != nil {
		return nil, err
	}
	c, err := Parse(payload)
	if err != nil {
		return nil, err
	}
	switch {
	case !key.holds(c.IssuedAt):
		return nil, ErrKeyPeriod
	case c.LicenseID != want.License:
		return nil, ErrLicense
	case c.Fingerprint != want.Machine:
		return nil, ErrMachine
	case c.Nonce != want.Nonce:
		return nil, ErrNonce
	}
	return c, nil
}

// VerifyBundle returns the trust bundle in a compact JWS if one of the root keys
// signed it. atLeast is the highest version that the caller has seen; zero if
// none. It refuses with ErrCompact, ErrHeader, ErrKind, ErrUnknownRoot,
// ErrAlgorithm, ErrUnsupported, ErrKey, ErrSignatureForm, ErrSignature,
// ErrPayload, ErrKey (of an entry) or *ReplayedBundleError, in that order.
func VerifyBundle(compact string, roots []RootKey, atLeast int64) (*Bundle, error) {
	payload, err := open(compact, Trust, func(keyID string) (JWK, error) {
		i := slices.IndexFunc(roots, func(k RootKey) bool { return k.KeyID == keyID })
		if i < 0 {
			return JWK{}, ErrUnknownRoot
		}
		return roots[i].JWK, nil
	})
	if err != nil {
		return nil, err
	}
	b, err := ParseBundle(payload)
	if err != nil {
		return nil, err
	}
	if b.Version < atLeast {
		return nil, &ReplayedBundleError{Version: b.Version, AtLeast: atLeast}
	}
	return b, nil
}

// open returns the payload of a compact JWS once its signature is found good.
// find returns the key of an ID, or says why the caller does not trust it. The
// algorithm is the key's, never the header's choice.
func open(compact string, kind Kind, find func(keyID string) (JWK, error)) ([]byte, error) {
	parts, err := split(compact)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(string(parts.header))
	if err != nil {
		return nil, err
	}
	if h.kind != kind {
		return nil, ErrKind
	}
	key, err := find(h.keyID)
	if err != nil {
		return nil, err
	}
	if key.Algorithm != h.algorithm {
		return nil, ErrAlgorithm
	}
	public, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	if err := verifyES256(public, []byte(parts.signed), parts.signature); err != nil {
		return nil, err
	}
	return parts.payload, nil
}
