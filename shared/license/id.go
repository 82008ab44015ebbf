package license

import (
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/crockford"
)

// idSymbols is the length of the random part of IDs: 130 bits.
const idSymbols = 26

// ErrMalformedID: the text is no ID of the wanted kind.
var ErrMalformedID = errors.New("malformed ID")

// An ID names a License in mails and to support; it is no secret.
type ID string

// ParseID reads a license ID as a person may have typed it.
func ParseID(text string) (ID, error) {
	id, err := parseSymbols("lic_", text, idSymbols)
	return ID(id), err
}

// An ActivationID names one opening of a seat: "act_", 130 random bits, and 30
// bits that bind it to the machine it was issued to.
type ActivationID string

const bindingSymbols = 6

// NewActivationID makes the ID of a new opening from 17 random bytes.
func NewActivationID(license ID, machine Fingerprint, random [17]byte) ActivationID {
	symbols := crockford.Encode(random[:], idSymbols)
	return ActivationID("act_" + symbols + binding(license, machine, symbols))
}

// ParseActivationID reads an activation ID.
func ParseActivationID(text string) (ActivationID, error) {
	id, err := parseSymbols("act_", text, idSymbols+bindingSymbols)
	return ActivationID(id), err
}

// IssuedTo reports whether the ID was issued to this machine, now or earlier.
// It tells a machine's own older activations from another machine's without
// remembering them. It proves nothing: the binding is no secret.
func (id ActivationID) IssuedTo(license ID, machine Fingerprint) bool {
	symbols := strings.TrimPrefix(string(id), "act_")
	return len(symbols) == idSymbols+bindingSymbols &&
		symbols[idSymbols:] == binding(license, machine, symbols[:idSymbols])
}

func binding(license ID, machine Fingerprint, symbols string) string {
	sum := sha256.Sum256([]byte("chariot-activation-id-v1|" + string(license) + "|" + string(machine) + "|" + symbols))
	return crockford.Encode(sum[:], bindingSymbols)
}

func parseSymbols(prefix, text string, length int) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) != len(prefix)+length || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", ErrMalformedID
	}
	symbols := []byte(text[len(prefix):])
	for i, symbol := range symbols {
		value, ok := crockford.Value(symbol)
		if !ok {
			return "", ErrMalformedID
		}
		symbols[i] = crockford.Alphabet[value]
	}
	return prefix + string(symbols), nil
}

// A ULID names an audit event or a grant: 48 bits of Unix milliseconds, then 80
// random bits, so that names sort by time.
//
// Source: https://github.com/ulid/spec
type ULID string

// NewULID makes the ULID of a time from 10 random bytes.
func NewULID(at time.Time, random [10]byte) ULID {
	var data [16]byte
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		data[i] = byte(ms)
	}
	copy(data[6:], random[:])
	// The specification writes the 128 bits as 26 symbols with two leading zero
	// bits; shifting them in keeps the text in order of the number.
	shifted := make([]byte, 17)
	for i, b := range data {
		shifted[i] |= b >> 2
		shifted[i+1] = b << 6
	}
	return ULID(crockford.Encode(shifted, idSymbols))
}

// A Fingerprint is the opaque digest by which we know a machine: 64 lower-case
// hexadecimal digits. Nothing about the machine can be read from it.
type Fingerprint string

// ErrMalformedFingerprint: the text is not 64 lower-case hexadecimal digits.
var ErrMalformedFingerprint = errors.New("malformed fingerprint")

// ParseFingerprint reads a fingerprint. It is strict: it was made by a program.
func ParseFingerprint(text string) (Fingerprint, error) {
	if len(text) != 64 || strings.Trim(text, "0123456789abcdef") != "" {
		return "", ErrMalformedFingerprint
	}
	return Fingerprint(text), nil
}
