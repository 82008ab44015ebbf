package certificate

import (
	"fmt"
	"slices"
	"time"
)

// A Bundle is the trust bundle: the signing keys whose certificates count. A
// root key that no function can use signs it.
//
// Invariants: Version rises with every change; each key ID is there once.
type Bundle struct {
	Version  int64        `json:"version"`
	IssuedAt time.Time    `json:"issuedAt"`
	Keys     []TrustedKey `json:"keys"`
}

// Payload is the one way to write b, as of Certificate.Payload.
func (b *Bundle) Payload() []byte {
	written := Bundle{b.Version, stamp(b.IssuedAt), []TrustedKey{}}
	for _, k := range b.Keys {
		k.NotBefore, k.RetiredAt = stamp(k.NotBefore), stamp(k.RetiredAt)
		k.Use = append([]Kind{}, k.Use...)
		written.Keys = append(written.Keys, k)
	}
	return encode(written)
}

// Key finds the key of an ID. A nil bundle has none.
func (b *Bundle) Key(keyID string) (TrustedKey, bool) {
	if b == nil {
		return TrustedKey{}, false
	}
	i := slices.IndexFunc(b.Keys, func(k TrustedKey) bool { return k.KeyID == keyID })
	if i < 0 {
		return TrustedKey{}, false
	}
	return b.Keys[i], true
}

// ParseBundle reads a payload that is known to be ours, without verifying it. It
// refuses with ErrPayload, or with ErrKey where an ES256 key is none: such a
// bundle is refused whole, so that a client stays with the one it has. A key of
// an algorithm that this version does not know stays in; Verify refuses what it
// signed with ErrUnsupported.
func ParseBundle(payload []byte) (*Bundle, error) {
	r, err := parsePayload(payload)
	if err != nil {
		return nil, err
	}
	b := &Bundle{Version: r.number("version"), IssuedAt: r.time("issuedAt")}
	for _, entry := range r.objects("keys") {
		k := parseTrustedKey(entry)
		if _, twice := b.Key(k.KeyID); twice {
			r.refuse("two keys have the ID " + k.KeyID)
		}
		b.Keys = append(b.Keys, k)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	for _, k := range b.Keys {
		if _, err := k.PublicKey(); err != nil && k.Algorithm == algorithm {
			return nil, fmt.Errorf("key %s: %w", k.KeyID, err)
		}
	}
	return b, nil
}

func parseTrustedKey(r *reader) TrustedKey {
	k := TrustedKey{
		JWK:       JWK{KeyID: r.text("kid"), Algorithm: r.text("alg")},
		NotBefore: r.time("notBefore"),
		RetiredAt: r.optionalTime("retiredAt"),
	}
	for _, use := range r.texts("use") {
		k.Use = append(k.Use, Kind(use))
	}
	if k.Algorithm == algorithm {
		k.KeyType, k.Curve = r.text("kty"), r.text("crv")
		k.X, k.Y = r.text("x"), r.text("y")
	}
	if !isName(k.KeyID, "") {
		r.refuse("kid")
	}
	return k
}
