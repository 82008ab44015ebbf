package chariot

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
		{"another machine's certificate by a stranger", "/reactivate", func(v *vendor) any { return v.licensedBy(stranger, licensetest.Fingerprint('b')) }},
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
