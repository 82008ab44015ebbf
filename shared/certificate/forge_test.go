package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// testKey is a private key that a name stands for. It protects nothing.
func testKey(name string) *ecdsa.PrivateKey {
	scalar := sha256.Sum256([]byte("chariot-license test key: " + name))
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
	if err != nil {
		panic(err)
	}
	return private
}

var (
	rootKey, spareRoot, strangeRoot = testKey("root"), testKey("spare root"), testKey("strange root")

	currentKey, nextKey, retiredKey, floatingKey = testKey("current"), testKey("next"), testKey("retired"), testKey("floating")
	removedKey                                   = testKey("removed")

	issued     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	newYear    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	plantKey   = license.NewKey([16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	plant      = license.Fingerprint(strings.Repeat("0123456789abcdef", 4))
	otherPlant = license.Fingerprint(strings.Repeat("fedcba9876543210", 4))
)

const (
	nonce      = "4RZ6D0VJ7M1XK9QW"
	otherNonce = "4RZ6D0VJ7M1XK9QX"
)

// sampleCertificate is an online certificate with no optional member.
func sampleCertificate() Certificate {
	id := plantKey.ID()
	return Certificate{
		LicenseID: id, ActivationID: license.NewActivationID(id, plant, [17]byte{42}), Fingerprint: plant,
		Deployment: license.Online, Features: []license.Feature{{Name: "mqtt-server"}},
		Revision: 3, IssuedAt: issued,
	}
}

// sampleBundle has a key in each phase of its life.
func sampleBundle() *Bundle {
	retired := NewTrustedKey(&retiredKey.PublicKey, newYear.AddDate(-2, 0, 0), Activation, Floating)
	retired.RetiredAt = newYear
	return &Bundle{Version: 7, IssuedAt: newYear, Keys: []TrustedKey{
		NewTrustedKey(&currentKey.PublicKey, newYear, Activation),
		NewTrustedKey(&nextKey.PublicKey, newYear.AddDate(1, 0, 0), Activation, Floating),
		retired,
		NewTrustedKey(&floatingKey.PublicKey, newYear, Floating),
	}}
}

// A forgery is a compact JWS of which every part can be wrong.
type forgery struct {
	key             *ecdsa.PrivateKey
	header, payload string
	// signature changes r‖s, and edit the finished text; nil leaves them.
	signature func([]byte) []byte
	edit      func(string) string
}

func genuine(key *ecdsa.PrivateKey, kind Kind, payload []byte) forgery {
	return forgery{key: key, header: header{algorithm, KeyID(&key.PublicKey), kind}.text(), payload: string(payload)}
}

func (f forgery) compact() string {
	message := encoding.EncodeToString([]byte(f.header)) + "." + encoding.EncodeToString([]byte(f.payload))
	signature := sign(f.key, message)
	if f.signature != nil {
		signature = f.signature(signature)
	}
	text := message + "." + encoding.EncodeToString(signature)
	if f.edit != nil {
		text = f.edit(text)
	}
	return text
}

// swap changes the payload under the signature, and fails where it would not.
func (f *forgery) swap(old, new string) {
	f.payload = mustReplace(f.payload, old, new)
}

func mustReplace(text, old, new string) string {
	if !strings.Contains(text, old) {
		panic("nothing to replace: " + old)
	}
	return strings.Replace(text, old, new, 1)
}

var (
	elliptic256 = elliptic.P256().Params()
	curveOrder  = elliptic256.N
)

// sign makes the same signature each time (RFC 6979), s in the lower half.
func sign(key *ecdsa.PrivateKey, message string) []byte {
	digest := sha256.Sum256([]byte(message))
	der, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	r, s := parseDER(der)
	if high := new(big.Int).Sub(curveOrder, s); high.Cmp(s) < 0 {
		s = high
	}
	return raw(r, s)
}

func parseDER(der []byte) (r, s *big.Int) {
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		panic(err)
	}
	return pair.R, pair.S
}

func raw(r, s *big.Int) []byte {
	return slices.Concat(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32)))
}

func halves(signature []byte) (r, s *big.Int) {
	return new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
}
