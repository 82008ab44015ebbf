package chariot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

func TestTheLifeOfAMachine(t *testing.T) {
	v, dir := newVendor(t), filepath.Join(t.TempDir(), "state")
	m := v.machine(dir, nil)
	file := license.File(&v.license, v.key)
	status, err := m.Activate(t.Context(), file)
	if err != nil || !status.Licensed || status.LicenseID != v.license.ID || status.Revision != 1 {
		t.Fatalf("activated: %+v, %v", status, err)
	}
	v.license.Revision, v.license.Features = 2, append(v.license.Features, license.Feature{Name: "iot-bridge-snowflake"})
	if status, err = m.Reactivate(t.Context()); err != nil || status.Revision != 2 || len(status.Features) != 2 {
		t.Fatalf("reactivated: %+v, %v", status, err)
	}
	m.Close()
	v.Close() // what follows needs no server
	m = v.machine(dir, nil)
	if status, err = m.Status(); err != nil || !status.Licensed || status.Revision != 2 {
		t.Fatalf("from disk alone: %+v, %v", status, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", entry.Name(), info.Mode(), err)
		}
	}
	m.Close()
}

func TestDeactivate(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := v.machine(dir, nil)
	defer m.Close()
	if status, err := m.Deactivate(t.Context()); err != nil || status.Licensed {
		t.Errorf("a machine that never was licensed: %+v, %v", status, err)
	}
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if status, err := m.Deactivate(t.Context()); err != nil || status.Licensed || v.seats() != "1 opened, held false" {
			t.Errorf("%+v, %v, %s", status, err, v.seats())
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, licenseName)); err != nil || strings.Contains(string(text), v.key.Reveal()) {
		t.Errorf("the key stayed on disk, or %v", err)
	}
	if _, err := m.Reactivate(t.Context()); !errors.Is(err, ErrNotActivated) {
		t.Errorf("reactivate: %v", err)
	}
}

// The answer is lost, over and over: each try is the same intent.
func TestLostAnswers(t *testing.T) {
	v := newVendor(t)
	v.spoil = func(_ http.ResponseWriter, r *http.Request, n int) (bool, bool) { return false, n < 4 }
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if status, err := m.Activate(t.Context(), v.key.Reveal()); err != nil || !status.Licensed {
		t.Fatalf("%+v, %v", status, err)
	}
	if len(slices.Compact(slices.Clone(v.sequences))) != 1 || v.seats() != "1 opened, held true" {
		t.Errorf("sequences %v, %s; want one intent and one seat", v.sequences, v.seats())
	}
}

// The machine is killed before each step of each write of its state. The next
// start finishes what was begun, with one seat, and the same intent where it had
// been sent.
func TestKilledAtEveryStep(t *testing.T) {
	type killed struct{}
	for _, call := range []string{"activate", "reactivate", "deactivate"} {
		for at := 0; ; at++ {
			v, dir := newVendor(t), t.TempDir()
			if call != "activate" {
				m := v.machine(dir, nil)
				if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
					t.Fatal(err)
				}
				m.Close()
			}
			run := func(m *Machine) (err error) {
				switch call {
				case "activate":
					_, err = m.Activate(t.Context(), v.key.Reveal())
				case "reactivate":
					_, err = m.Reactivate(t.Context())
				case "deactivate":
					_, err = m.Deactivate(t.Context())
				}
				return err
			}
			step, survived := 0, false
			func() {
				var m *Machine
				defer func() {
					if p := recover(); p != nil && p != any(killed{}) {
						panic(p)
					}
					if m != nil {
						m.lock.Close() // as the kernel does
					}
				}()
				m = v.machine(dir, nil)
				m.disk.before = func(string) {
					if step++; step > at {
						panic(killed{})
					}
				}
				survived = run(m) == nil
			}()
			m := v.machine(dir, nil)
			stood, err := m.Status()
			if err != nil {
				t.Fatal(err)
			}
			if err := run(m); err != nil && !(call == "deactivate" && errors.Is(err, ErrNotActivated)) {
				t.Fatalf("%s, killed at step %d, and again: %v", call, at, err)
			}
			if want := fmt.Sprintf("1 opened, held %t", call != "deactivate"); v.seats() != want {
				t.Errorf("%s, killed at step %d: %s, want %s", call, at, v.seats(), want)
			}
			// One intent, unless its answer was on disk already: then it is a new one.
			if got := len(slices.Compact(slices.Clone(v.sequences))); got != 1 && !(call == "activate" && stood.Licensed) {
				t.Errorf("%s, killed at step %d: sequences %v, want one", call, at, v.sequences)
			}
			m.Close()
			if survived {
				if at < 4 {
					t.Errorf("%s: only %d steps", call, at)
				}
				break
			}
		}
	}
}

// The server has seen a newer request: the machine counts on from there, without
// its own clock, which is years behind.
func TestSuperseded(t *testing.T) {
	v := newVendor(t)
	m, err := open(t.TempDir(), Settings{Server: v.URL, Roots: v.root.Roots(), Now: func() time.Time { return time.Unix(0, 0) }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	v.holder = license.Activation{Fingerprint: m.Fingerprint(), State: license.Closed, Sequence: 1_795_000_000_000}
	if status, err := m.Activate(t.Context(), v.key.Reveal()); err != nil || !status.Licensed {
		t.Fatalf("%+v, %v", status, err)
	}
	if want := int64(1_795_000_000_001); v.sequences[len(v.sequences)-1] != want {
		t.Errorf("sequences %v, want %d last", v.sequences, want)
	}
}

// What does not verify is not kept, and what was good before stays.
func TestUntrusted(t *testing.T) {
	stranger := licensetest.NewSigner(t)
	tests := []struct {
		name   string
		path   string
		answer func(v *vendor) any
	}{
		{"another key's certificate", "/reactivate", func(v *vendor) any { return v.licensedBy(stranger, v.holder.Fingerprint) }},
		{"another machine's certificate", "/reactivate", func(v *vendor) any { return v.licensedBy(v.signer, licensetest.Fingerprint('b')) }},
		{"a trust bundle by a stranger", "/v1/keys", func(v *vendor) any {
			return map[string]string{"trustBundle": stranger.Bundle(t, 3, stranger.Trusted())}
		}},
		{"a trust bundle of before", "/v1/keys", func(v *vendor) any {
			return map[string]string{"trustBundle": v.root.Bundle(t, 1, stranger.Trusted())}
		}},
	}
	for _, tt := range tests {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		before, err := m.Activate(t.Context(), v.key.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		v.spoil = func(w http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
			w.Header().Set("Content-Type", "application/json")
			switch {
			case strings.HasSuffix(r.URL.Path, tt.path):
				writeJSON(w, tt.answer(v))
			case strings.HasSuffix(r.URL.Path, "/reactivate"): // so that the machine asks for the bundle
				writeJSON(w, v.licensedBy(stranger, v.holder.Fingerprint))
			default:
				return false, false
			}
			return true, false
		}
		var untrusted *UntrustedError
		if _, err := m.Reactivate(t.Context()); !errors.As(err, &untrusted) {
			t.Errorf("%s: %v, want *UntrustedError", tt.name, err)
		}
		if after, err := m.Status(); err != nil || !after.Licensed || after.IssuedAt != before.IssuedAt {
			t.Errorf("%s: the machine has %+v, %v; want what it had", tt.name, after, err)
		}
		m.Close()
	}
}

// Answers that are none of a license server's, and servers that are busy.
func TestAnswers(t *testing.T) {
	busyTwice := func(w http.ResponseWriter, n int) bool {
		if n < 2 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
		}
		return n < 2
	}
	tests := []struct {
		name  string
		spoil func(w http.ResponseWriter, n int) bool
		want  string // in the error; empty if there is none
	}{
		{"busy, then well", busyTwice, ""},
		{"a redirect", func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(307)
			return true
		}, "a license key does not follow"},
		{"a login page", func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
			return true
		}, "proxy or a login page"},
		{"an endless answer", func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `"`, strings.Repeat("x", maxAnswer+1))
			return true
		}, "far too long"},
	}
	for _, tt := range tests {
		v := newVendor(t)
		v.spoil = func(w http.ResponseWriter, _ *http.Request, n int) (bool, bool) { return tt.spoil(w, n), false }
		m := v.machine(t.TempDir(), nil)
		_, err := m.Activate(t.Context(), v.key.Reveal())
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), v.key.Reveal())) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		m.Close()
	}
}

func TestRefusalsKeepTheCertificate(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	v.spoil = func(w http.ResponseWriter, _ *http.Request, _ int) (bool, bool) {
		status, body := problemBody(403, "license-suspended", nil)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		writeJSON(w, body)
		return true, false
	}
	var problem *Problem
	if _, err := m.Reactivate(t.Context()); !errors.As(err, &problem) || problem.Code != "license-suspended" {
		t.Errorf("%v", err)
	}
	status, err := m.Status()
	if err != nil || !status.Licensed || status.LastContact.Problem.Code != "license-suspended" {
		t.Errorf("%+v, %v; want it licensed still, and told", status, err)
	}
	_, other := licensetest.NewLicense(1)
	if _, err := m.Activate(t.Context(), other.Reveal()); !errors.Is(err, ErrOtherLicense) {
		t.Errorf("another license: %v", err)
	}
}

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
