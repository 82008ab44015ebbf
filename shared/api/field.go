package api

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cirruslink/chariot-license/shared/license"
)

// fields checks the members of a request one by one; the first that is wrong
// counts. Its zero value is ready.
type fields struct{ err error }

func (f *fields) refuse(pointer, detail string, args ...any) {
	if f.err == nil {
		f.err = &FieldError{Pointer: pointer, Detail: fmt.Sprintf(detail, args...)}
	}
}

// text accepts up to max characters without control characters. Blank text is
// refused where it is required.
func (f *fields) text(pointer, value string, max int, required bool) string {
	switch {
	case required && strings.TrimSpace(value) == "":
		f.refuse(pointer, "It is missing.")
	case utf8.RuneCountInString(value) > max:
		f.refuse(pointer, "It may have up to %d characters.", max)
	case strings.ContainsFunc(value, unicode.IsControl):
		f.refuse(pointer, "It holds a control character.")
	}
	return value
}

// note accepts text of several lines.
func (f *fields) note(pointer, value string, max int) string {
	lines := strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(value)
	f.text(pointer, lines, max, false)
	return value
}

// key finds the license key in a pasted text. One that is mistyped becomes a key
// that no license has: the server does not tell the two apart.
func (f *fields) key(pointer, value string) license.Key {
	key, err := license.ParseKey(value)
	switch {
	case strings.TrimSpace(value) == "":
		f.refuse(pointer, "The license key is missing.")
	case err == license.ErrControlCharacter:
		f.refuse(pointer, "It holds a control character. Paste the license file as text.")
	case err == license.ErrTwoKeys:
		f.refuse(pointer, "It holds two different license keys. Send the one that is meant.")
	case err != nil:
		return license.UnknownKey(value)
	}
	return key
}

func (f *fields) fingerprint(value string) license.Fingerprint {
	fingerprint, err := license.ParseFingerprint(value)
	if err != nil && f.err == nil {
		f.err = err
	}
	return fingerprint
}

// email accepts one bare address.
func (f *fields) email(pointer, value string, required bool) string {
	if value == "" && !required {
		return ""
	}
	f.text(pointer, value, 254, true)
	if address, err := mail.ParseAddress(value); err != nil || address.Address != value {
		f.refuse(pointer, "It must be an e-mail address such as plant@example.com.")
	}
	return value
}

// between accepts whole numbers in a range.
func (f *fields) between(pointer string, value, low, high int) int {
	if value < low || value > high {
		f.refuse(pointer, "It must be a whole number from %d to %d.", low, high)
	}
	return value
}
