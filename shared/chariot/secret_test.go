package chariot

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The license key is in license.json, and in no error, whatever the server
// writes; nor in a log of anything that the client hands out.
func TestKeyStaysSecret(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	secret := v.key.Reveal()
	m := v.machine(dir, nil)
	defer m.Close()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	note := func(s *Status, err error) {
		logger.Info("call", "status", s, "error", err, "machine", m)
		fmt.Fprintf(&log, "%v %+v %#v %v\n", s, s, s, err)
	}
	m.settings.OnWait = func(why error, _ time.Duration) { note(nil, why) }
	echo := map[string]any{"detail": "no license " + secret + "\x1b[2J", "requestId": secret, "title": secret}
	for _, spoil := range []func(http.ResponseWriter, *http.Request, int) (bool, bool){
		silent("/activations", true), silent("/reactivate", true),
		refusing("/activations", 418, "new-thing", echo), refusing("/activations", 500, "internal", echo),
		func(w http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
			w.Header().Set("Location", "https://"+r.Host+"/?key="+secret)
			w.WriteHeader(http.StatusFound)
			return true, false
		},
		nil,
	} {
		v.spoils(spoil)
		note(m.Activate(t.Context(), secret))
		note(m.Activate(t.Context(), strings.Replace(secret, "-", "-U", 2)))
		note(m.Reactivate(t.Context()))
		note(m.Status())
	}
	state, err := m.licenseState()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&log, "%v %+v %#v %q\n", state, state, state, state.LicenseKey)
	groups := strings.Split(secret, "-")
	for _, part := range []string{secret, groups[2], groups[4], "\x1b"} {
		if strings.Contains(log.String(), part) {
			t.Errorf("%q is in the log", part)
		}
	}
	for _, name := range []string{machineName, trustName} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds the key, or %v", name, err)
		}
	}
}

// What was pinned is found by the next who opens the directory.
func TestPin(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := v.machine(dir, nil)
	for range 2 {
		if err := m.Pin(v.URL, v.root.Roots()); err != nil {
			t.Fatal(err)
		}
	}
	m.Close()
	m, err := Open(dir, Settings{})
	if err != nil || m.Server() != v.URL || len(m.Roots()) != 1 || m.Roots()[0] != v.root.Roots()[0] {
		t.Fatalf("%+v, %v", m, err)
	}
	m.Close()
	if err := os.Remove(filepath.Join(dir, machineName)); err != nil {
		t.Fatal(err)
	}
	if m, err = Open(dir, Settings{}); err != nil { // nothing is licensed: a new machine is no loss
		t.Fatal(err)
	}
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	m.Close()
	if err := os.Remove(filepath.Join(dir, machineName)); err != nil {
		t.Fatal(err)
	}
	var state *StateError
	if _, err := Open(dir, Settings{}); !errors.As(err, &state) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("a lost identity: %v", err)
	}
}
