package chariot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/cirruslink/chariot-license/shared/license"
)

// MaxLicenseText is the longest text that is looked at for a license key.
const MaxLicenseText = 64 << 10

var (
	errEmptyText = errors.New("it is empty")
	errLongText  = errors.New("it is far longer than a license file")
	errNotText   = errors.New("it is not a text: save it as plain text, or paste the key")
)

// A LicenseTextError says why a text is no license, and where to look. Err is
// package license's, where it looked for a key.
type LicenseTextError struct{ Err error }

func (e *LicenseTextError) Error() string {
	return fmt.Sprintf("This license cannot be read: %v. Nothing was sent. Give the license file as it came, or paste the license key.", e.Err)
}

// Unwrap returns the cause.
func (e *LicenseTextError) Unwrap() error { return e.Err }

// ParseLicense finds the license key in a license file as it came, or in what a
// person pasted. It fails with *LicenseTextError, which never holds the text.
func ParseLicense(text string) (license.Key, error) {
	if len(text) > MaxLicenseText {
		return license.Key{}, &LicenseTextError{errLongText}
	}
	text = decodeText(text)
	if strings.TrimSpace(text) == "" {
		return license.Key{}, &LicenseTextError{errEmptyText}
	}
	key, err := license.ParseKey(text)
	if errors.Is(err, license.ErrControlCharacter) {
		err = fmt.Errorf("%w (%w)", errNotText, err)
	}
	if err != nil {
		return license.Key{}, &LicenseTextError{err}
	}
	return key, nil
}

// decodeText returns a text as UTF-8 without a byte order mark. Notepad on
// Windows saves "Unicode" as UTF-16 and always marks it.
func decodeText(text string) string {
	if rest, ok := strings.CutPrefix(text, "\xff\xfe"); ok {
		return decodeUTF16(rest, binary.LittleEndian)
	}
	if rest, ok := strings.CutPrefix(text, "\xfe\xff"); ok {
		return decodeUTF16(rest, binary.BigEndian)
	}
	return strings.TrimPrefix(text, "\ufeff")
}

// decodeUTF16 leaves out half a unit at the end.
func decodeUTF16(text string, order binary.ByteOrder) string {
	units := make([]uint16, 0, len(text)/2)
	for ; len(text) > 1; text = text[2:] {
		units = append(units, order.Uint16([]byte(text[:2])))
	}
	return string(utf16.Decode(units))
}
