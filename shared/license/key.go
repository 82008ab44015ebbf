package license

import (
	"crypto/hkdf"
	"crypto/sha256"
	"log/slog"
	"strings"
	"unique"

	"github.com/cirruslink/chariot-license/shared/crockford"
)

const (
	keyPrefix  = "CHARIOT"
	keyGroups  = 5
	groupSize  = 5
	keySymbols = keyGroups * groupSize
)

// A Key is the license key: the secret that finds and authenticates a License.
// It is "CHARIOT-", five groups of five Crockford symbols (125 random bits),
// "-" and a check symbol.
//
// A Key cannot print itself: every verb of fmt, every encoder and log/slog show
// a placeholder or nothing. Only Reveal gives the text. Keys are comparable; the
// zero Key is no key.
type Key struct{ text unique.Handle[string] }

// NewKey makes a key from the first 125 bits of random.
func NewKey(random [16]byte) Key {
	symbols := crockford.Encode(random[:], keySymbols)
	return keyOf(symbols, crockford.Check(symbols))
}

// UnknownKey is the Key of a text that is no license key. No license has it; to
// look it up costs the same work as a real one, so that an answer tells nobody
// whether a key was mistyped or is unknown.
func UnknownKey(text string) Key {
	return Key{unique.Make(strings.ToUpper(strings.Join(strings.Fields(text), "")))}
}

func keyOf(symbols string, check byte) Key {
	var b strings.Builder
	b.WriteString(keyPrefix)
	for i := 0; i < keySymbols; i += groupSize {
		b.WriteString("-" + symbols[i:i+groupSize])
	}
	b.WriteString("-" + string(rune(check)))
	return Key{unique.Make(b.String())}
}

// Reveal returns the text of the key: for the customer's eyes and for ciphers,
// never for a log, an error or a URL.
func (k Key) Reveal() string {
	if k == (Key{}) {
		return ""
	}
	return k.text.Value()
}

// String hides the key.
func (Key) String() string { return keyPrefix + "-…" }

// GoString hides the key.
func (Key) GoString() string { return keyPrefix + "-…" }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue(keyPrefix + "-…") }

// ID is the ID of the license that was issued with this key, if one was: a key
// that replaced another, and one that was imported, do not tell it.
func (k Key) ID() ID {
	sum := sha256.Sum256([]byte("chariot-license-id-v1" + k.Reveal()))
	return ID("lic_" + crockford.Encode(sum[:], idSymbols))
}

// Hash authenticates the key. It can stand in a database: 125 random bits are
// not found by trying.
func (k Key) Hash() [32]byte {
	return sha256.Sum256([]byte("chariot-license-key-v1" + k.Reveal()))
}

// OfflineKey authenticates offline requests without revealing the license key.
func (k Key) OfflineKey() [32]byte {
	derived, err := hkdf.Key(sha256.New, []byte(k.Reveal()), nil, "chariot-offline-v1", 32)
	if err != nil {
		panic(err) // only lengths can be wrong, and they are constants
	}
	return [32]byte(derived)
}
