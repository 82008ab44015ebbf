package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	keyIDLength    = 22
	coordinateSize = 32
)

// A JWK is a public key in the form of RFC 7517. KeyType, Curve, X and Y are
// those of ES256; keys of other algorithms may leave them empty.
type JWK struct {
	KeyID     string `json:"kid"`
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	Algorithm string `json:"alg"`
	// X and Y are 32 bytes each, in base64url.
	X string `json:"x"`
	Y string `json:"y"`
}

// A RootKey is a key that clients pin: it signs trust bundles, nothing else.
type RootKey struct{ JWK }

// NewRootKey is the RootKey of a public key on P-256. It panics on another curve.
func NewRootKey(public *ecdsa.PublicKey) RootKey { return RootKey{newJWK(public)} }

// ParseRootKeys reads root keys as an operator hands them out: a JSON array of JWKs,
// or an object that has them as rootKeys. It fails where there is none, and with
// ErrUnsupported or ErrKey where one is no good key.
func ParseRootKeys(text []byte) ([]RootKey, error) {
	var roots []RootKey
	if json.Unmarshal(text, &roots) != nil {
		var object struct {
			RootKeys []RootKey `json:"rootKeys"`
		}
		if err := json.Unmarshal(text, &object); err != nil {
			return nil, err
		}
		roots = object.RootKeys
	}
	if len(roots) == 0 {
		return nil, errors.New("no root keys")
	}
	for _, root := range roots {
		if _, err := root.PublicKey(); err != nil {
			return nil, fmt.Errorf("root key %q: %w", root.KeyID, err)
		}
		if root.KeyID == "" {
			return nil, fmt.Errorf("a root key without a kid: %w", ErrKey)
		}
	}
	return roots, nil
}

// A TrustedKey is an entry of the trust bundle: what a signing key may sign.
type TrustedKey struct {
	JWK
	// Use are the kinds it may sign. Those that a version does not know are no
	// concern of it.
	Use []Kind `json:"use"`
	// NotBefore and RetiredAt are the first second, and the first second no
	// more, of what it signs. Zero RetiredAt means that it is in use. What a
	// retired key signed before stays good for ever; a compromised key is not
	// retired but removed.
	NotBefore time.Time `json:"notBefore"`
	RetiredAt time.Time `json:"retiredAt,omitzero"`
}

// NewTrustedKey is the entry of a public key on P-256 that signs use from
// notBefore on. It panics on another curve.
func NewTrustedKey(public *ecdsa.PublicKey, notBefore time.Time, use ...Kind) TrustedKey {
	return TrustedKey{JWK: newJWK(public), Use: use, NotBefore: notBefore}
}

// holds reports whether the key was in use at a time.
func (k *TrustedKey) holds(at time.Time) bool {
	return !at.Before(k.NotBefore) && (k.RetiredAt.IsZero() || at.Before(k.RetiredAt))
}

// KeyID names a public key on P-256: the first 22 characters, 132 bits, of its
// thumbprint by RFC 7638 with SHA-256. It panics on another curve.
func KeyID(public *ecdsa.PublicKey) string { return newJWK(public).KeyID }

func newJWK(public *ecdsa.PublicKey) JWK {
	point, err := public.Bytes()
	if err != nil || public.Curve != elliptic.P256() {
		panic("certificate: not a public key on P-256")
	}
	k := JWK{
		KeyType: "EC", Curve: "P-256", Algorithm: algorithm,
		X: encoding.EncodeToString(point[1 : 1+coordinateSize]),
		Y: encoding.EncodeToString(point[1+coordinateSize:]),
	}
	thumbprint := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + k.X + `","y":"` + k.Y + `"}`))
	k.KeyID = encoding.EncodeToString(thumbprint[:])[:keyIDLength]
	return k
}

// PublicKey is the key itself. It refuses with ErrUnsupported or ErrKey, in that
// order: a text is no key unless it is a point on the curve.
func (k JWK) PublicKey() (*ecdsa.PublicKey, error) {
	if k.Algorithm != algorithm {
		return nil, ErrUnsupported
	}
	x, okX := coordinate(k.X)
	y, okY := coordinate(k.Y)
	if !okX || !okY || k.KeyType != "EC" || k.Curve != "P-256" {
		return nil, ErrKey
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, ErrKey
	}
	return public, nil
}

func coordinate(text string) ([]byte, bool) {
	data, err := encoding.DecodeString(text)
	return data, err == nil && len(data) == coordinateSize && !strings.ContainsAny(text, "\r\n")
}
