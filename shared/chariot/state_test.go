package chariot

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

func TestLicenseTexts(t *testing.T) {
	l, key := licensetest.NewLicense(1)
	file := license.File(&l, key)
	wide := func(order binary.AppendByteOrder) string {
		text := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(file)) {
			text = order.AppendUint16(text, unit)
		}
		return string(text)
	}
	for name, text := range map[string]string{
		"the file": file, "the key": key.Reveal(), "with a byte order mark": "\ufeff" + file,
		"UTF-16, little end first": wide(binary.LittleEndian), "UTF-16, big end first": wide(binary.BigEndian),
	} {
		if got, err := ParseLicense(text); err != nil || got != key {
			t.Errorf("%s: %v", name, err)
		}
	}
	mistyped := strings.Replace(key.Reveal(), "CHARIOT-", "CHARIOT-U", 1)
	var wrong *LicenseTextError
	if _, err := ParseLicense(mistyped); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "group 1") {
		t.Errorf("a typo: %v", err)
	}
}

func TestStateDirectory(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := v.machine(dir, nil)
	if _, err := Open(dir, Settings{}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	m.Close()
	for _, name := range []string{machineName, licenseName, trustName} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, torn := range [][]byte{nil, good[:len(good)/2], []byte(`{"format":99}`), []byte("other")} {
			if err := os.WriteFile(path, torn, 0o600); err != nil {
				t.Fatal(err)
			}
			var state *StateError
			if _, err := Open(dir, Settings{}); !errors.As(err, &state) || strings.Contains(err.Error(), v.key.Reveal()) {
				t.Errorf("%s is %.10q: %v, want *StateError", name, torn, err)
			}
			if left, err := os.ReadFile(path); err != nil || string(left) != string(torn) {
				t.Errorf("%s was overwritten: %v", name, err)
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestServers(t *testing.T) {
	for server, good := range map[string]bool{
		"https://license.example.com": true, "https://license.example.com/chariot/": true, "http://127.0.0.1:8080": true, "http://localhost": true,
		"http://license.example.com": false, "ftp://license.example.com": false, "license.example.com": false, "https://user:pw@license.example.com": false,
	} {
		var setting *SettingsError
		m, err := Open(t.TempDir(), Settings{Server: server})
		if (err == nil) != good || err != nil && !errors.As(err, &setting) {
			t.Errorf("%s: %v", server, err)
		}
		if err == nil {
			m.Close()
		}
	}
}

// Each problem that a machine can meet has a sentence of its own, for a person.
func TestSentences(t *testing.T) {
	for _, code := range []string{
		"malformed-request", "malformed-fingerprint", "license-expired", "license-suspended", "license-revoked", "license-not-found",
		"activation-not-found", "route-not-found", "method-not-allowed", "seats-taken", "wrong-deployment", "offline-activation",
		"activation-released", "request-superseded", "payload-too-large", "unsupported-media-type", "rate-limited", "unavailable", "internal",
	} {
		if sentence := (&Problem{Code: code, Seats: 5}).Error(); sentence == "" || strings.Contains(sentence, "{") || strings.Contains(sentence, code) {
			t.Errorf("%s: %q", code, sentence)
		}
	}
	if got := (&Problem{Code: "new-thing", Detail: "Do this."}).Error(); got != "Do this." {
		t.Errorf("an unknown code: %q", got)
	}
}
