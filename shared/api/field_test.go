package api

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
)

func TestText(t *testing.T) {
	tests := []struct {
		name, value string
		required    bool
		want        error
	}{
		{"text", "plant 7", true, nil},
		{"as long as may be", strings.Repeat("é", 10), true, nil},
		{"a character more", strings.Repeat("é", 11), true, &FieldError{"/x", "It may have up to 10 characters."}},
		{"nothing", "", false, nil},
		{"nothing, but required", "", true, &FieldError{"/x", "It is missing."}},
		{"blank, but required", " \u00a0", true, &FieldError{"/x", "It is missing."}},
		{"blank", "  ", false, nil},
		{"a NUL", "a\x00", false, &FieldError{"/x", "It holds a control character."}},
		{"a line break", "a\nb", false, &FieldError{"/x", "It holds a control character."}},
		{"a tab", "a\tb", false, &FieldError{"/x", "It holds a control character."}},
		{"an escape", "\x1b[2J", false, &FieldError{"/x", "It holds a control character."}},
		{"a next line", "a\u0085", false, &FieldError{"/x", "It holds a control character."}},
		{"other alphabets and signs", "工場 7 🏭", false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f fields
			if got := f.text("/x", tt.value, 10, tt.required); got != tt.value || !sameError(f.err, tt.want) {
				t.Errorf("text(%q) = %q, %+v; want %+v", tt.value, got, f.err, tt.want)
			}
		})
	}
}

func sameError(got, want error) bool {
	return got == nil && want == nil || reflect.DeepEqual(got, want)
}

func TestNote(t *testing.T) {
	tests := []struct {
		name, value string
		want        error
	}{
		{"lines", "a\r\nb\tc\n", nil},
		{"a NUL", "a\x00", &FieldError{"/x", "It holds a control character."}},
		{"a form feed", "a\f", &FieldError{"/x", "It holds a control character."}},
		{"as long as may be", strings.Repeat("\n", 10), nil},
		{"a character more", strings.Repeat("\n", 11), &FieldError{"/x", "It may have up to 10 characters."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f fields
			if got := f.note("/x", tt.value, 10); got != tt.value || !sameError(f.err, tt.want) {
				t.Errorf("note(%q) = %q, %+v; want %+v", tt.value, got, f.err, tt.want)
			}
		})
	}
}

func TestEmail(t *testing.T) {
	malformed := &FieldError{"/x", "It must be an e-mail address such as plant@example.com."}
	tests := []struct {
		name, value string
		required    bool
		want        error
	}{
		{"an address", "plant@example.com", true, nil},
		{"with a tag", "first.last+tag@sub.example.co.uk", true, nil},
		{"254 characters", strings.Repeat("a", 242) + "@example.com", true, nil},
		{"255 characters", strings.Repeat("a", 243) + "@example.com", true, &FieldError{"/x", "It may have up to 254 characters."}},
		{"none", "", false, nil},
		{"none, but required", "", true, &FieldError{"/x", "It is missing."}},
		{"blank is not none", " ", false, &FieldError{"/x", "It is missing."}},
		{"with a name", "Ann <ann@example.com>", true, malformed},
		{"in brackets", "<ann@example.com>", true, malformed},
		{"two", "a@example.com, b@example.com", true, malformed},
		{"with a comment", "ann@example.com (Ann)", true, malformed},
		{"with white space around", " ann@example.com", true, malformed},
		{"no domain", "ann@", true, malformed},
		{"no name", "@example.com", true, malformed},
		{"no at", "ann.example.com", true, malformed},
		{"another header", "ann@example.com\r\nBcc: eve@example.com", true, &FieldError{"/x", "It holds a control character."}},
		{"a NUL", "ann\x00@example.com", true, &FieldError{"/x", "It holds a control character."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f fields
			if got := f.email("/x", tt.value, tt.required); got != tt.value || !sameError(f.err, tt.want) {
				t.Errorf("email(%q) = %q, %+v; want %+v", tt.value, got, f.err, tt.want)
			}
		})
	}
}

func TestBetween(t *testing.T) {
	refused := &FieldError{"/x", "It must be a whole number from 1 to 5."}
	for value, want := range map[int]error{0: refused, 1: nil, 5: nil, 6: refused, -1: refused, -1 << 63: refused, 1<<63 - 1: refused} {
		var f fields
		if got := f.between("/x", value, 1, 5); got != value || !sameError(f.err, want) {
			t.Errorf("between(%d) = %d, %+v; want %+v", value, got, f.err, want)
		}
	}
}

func TestFieldsKeepTheFirstFault(t *testing.T) {
	var f fields
	f.text("/a", "ok", 10, true)
	f.text("/b", "", 10, true)
	f.fingerprint("")
	f.between("/c", 9, 1, 5)
	if want := (&FieldError{"/b", "It is missing."}); !reflect.DeepEqual(f.err, want) {
		t.Errorf("%+v, want %+v", f.err, want)
	}
	f = fields{}
	f.fingerprint("")
	f.text("/b", "", 10, true)
	if f.err != license.ErrMalformedFingerprint {
		t.Errorf("%+v, want %+v", f.err, license.ErrMalformedFingerprint)
	}
}

func TestKeyField(t *testing.T) {
	missing := &FieldError{"/x", "The license key is missing."}
	tests := []struct {
		name, value string
		want        license.Key
		err         error
	}{
		{"a key", plantKey, parsed(plantKey), nil},
		{"pasted", "\r\n" + strings.ToLower(plantKey), parsed(plantKey), nil},
		{"mistyped", plantKey[:38] + "X", license.UnknownKey(plantKey[:38] + "X"), nil},
		{"no key", "hello", license.UnknownKey("hello"), nil},
		{"nothing", "", license.Key{}, missing},
		{"blank", " \n\u00a0", license.Key{}, missing},
		{"a NUL", plantKey + "\x00", license.Key{}, &FieldError{"/x", "It holds a control character. Paste the license file as text."}},
		{"two keys", plantKey + " CHARIOT-00000-00000-00000-00000-00000-0", license.Key{}, &FieldError{"/x", "It holds two different license keys. Send the one that is meant."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f fields
			if got := f.key("/x", tt.value); got != tt.want || !sameError(f.err, tt.err) {
				t.Errorf("key(%q) = %q, %+v; want %q, %+v", tt.value, got.Reveal(), f.err, tt.want.Reveal(), tt.err)
			}
		})
	}
}
