package chariot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// The server signs with a newer key: the machine fetches the trust bundle once,
// keeps it, and knows the key from then on.
func TestNewSigningKey(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	next := licensetest.NewSigner(t)
	v.change(func() { v.bundle, v.signer = v.root.Bundle(t, 3, next.Trusted()), next })
	fetched := 0
	v.spoils(func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		if r.URL.Path == "/v1/keys" {
			fetched++
		}
		return false, false
	})
	for n := range 2 {
		if status, err := m.Reactivate(t.Context()); err != nil || !status.Licensed || fetched != n+1 {
			t.Errorf("%+v, %v, fetched %d times", status, err, fetched)
		}
	}
	if trust, err := m.trustState(); err != nil || trust.Version != 3 {
		t.Errorf("%+v, %v", trust, err)
	}
	v.change(func() { v.signer = licensetest.NewSigner(t) })
	fetched = 0
	if _, err := m.Reactivate(t.Context()); !errors.Is(err, certificate.ErrUnknownKey) || fetched != 1 {
		t.Errorf("a key that nobody vouches for: %v, fetched %d times", err, fetched)
	}
}

// A key that was removed counts no longer once the machine has reactivated, though
// it never met a certificate by that key. That no bundle is to be had, or a bad one,
// keeps nobody from reactivating.
func TestRemovedKey(t *testing.T) {
	v := newVendor(t)
	leaked := licensetest.NewSigner(t)
	v.bundle = v.root.Bundle(t, 3, v.signer.Trusted(), leaked.Trusted())
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	stranger := licensetest.NewSigner(t)
	tries := 0
	bundles := map[string]func(w http.ResponseWriter){
		"none":         func(w http.ResponseWriter) { w.WriteHeader(503) },
		"a stranger's": func(w http.ResponseWriter) { writeJSON(w, keysBody{stranger.Bundle(t, 9, stranger.Trusted())}) },
		"an older one": func(w http.ResponseWriter) { writeJSON(w, keysBody{v.root.Bundle(t, 2, stranger.Trusted())}) },
	}
	for name, answer := range bundles {
		tries = 0
		v.spoils(func(w http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
			if r.URL.Path != "/v1/keys" {
				return false, false
			}
			tries++
			w.Header().Set("Content-Type", "application/json")
			answer(w)
			return true, false
		})
		if status, err := m.Reactivate(t.Context()); err != nil || !status.Licensed || tries != 1 {
			t.Errorf("%s: %+v, %v after %d tries", name, status, err, tries)
		}
	}
	v.spoils(nil)
	v.change(func() { v.bundle = v.root.Bundle(t, 4, v.signer.Trusted()) })
	if _, err := m.Reactivate(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.change(func() { v.signer = leaked })
	if _, err := m.Reactivate(t.Context()); !errors.Is(err, certificate.ErrUnknownKey) {
		t.Errorf("a certificate by the removed key: %v", err)
	}
}

// The bundle that the very call has fetched is new enough: it is asked for once.
func TestTrustIsFetchedOnce(t *testing.T) {
	v, fetched := newVendor(t), 0
	v.signer = licensetest.NewSigner(t) // not the one that v.bundle names
	v.spoil = func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		if r.URL.Path == "/v1/keys" {
			fetched++
		}
		return false, false
	}
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if _, err := m.Activate(t.Context(), v.key.Reveal()); !errors.Is(err, certificate.ErrUnknownKey) || fetched != 1 {
		t.Errorf("%v, fetched %d times", err, fetched)
	}
	if status, err := m.Status(); err != nil || status.Licensed || status.Pending != activating {
		t.Errorf("%+v, %v; want an activation that waits", status, err)
	}
}

// An answer whose parts do not fit together is not kept.
func TestAnswerNamesAnotherActivation(t *testing.T) {
	for _, with := range []map[string]any{
		{"id": "act_other", "fingerprint": "own", "activatedAt": licensetest.Noon()},
		{"id": "own", "fingerprint": licensetest.Fingerprint('b'), "activatedAt": licensetest.Noon()},
	} {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
			t.Fatal(err)
		}
		v.spoils(func(w http.ResponseWriter, _ *http.Request, _ int) (bool, bool) {
			body := v.licensed().(map[string]any)
			for name, value := range with {
				if value != "own" {
					body["activation"].(map[string]any)[name] = value
				}
			}
			w.Header().Set("Content-Type", "application/json")
			writeJSON(w, body)
			return true, false
		})
		if _, err := m.Reactivate(t.Context()); !errors.Is(err, errAnotherActivation) {
			t.Errorf("%v: %v", with, err)
		}
		m.Close()
	}
}

// A late answer with an older certificate does not replace the newer.
func TestOlderCertificate(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	v.change(func() { v.license.Revision = 5 })
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	v.change(func() { v.license.Revision = 4 })
	if _, err := m.Reactivate(t.Context()); !errors.Is(err, errOlder) {
		t.Errorf("%v", err)
	}
	if status, err := m.Status(); err != nil || status.Revision != 5 {
		t.Errorf("%+v, %v", status, err)
	}
}

// Without a trust bundle that the root keys signed, the license key stays here.
func TestKeyGoesOnlyToWhoIsVouchedFor(t *testing.T) {
	v := newVendor(t)
	v.root = licensetest.NewSigner(t) // not the one that signed v.bundle
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if _, err := m.Activate(t.Context(), v.key.Reveal()); !errors.Is(err, certificate.ErrUnknownRoot) || len(v.sequences) > 0 {
		t.Errorf("%v, and the key went out %d times", err, len(v.sequences))
	}
}

// A page that answers 200 to everything has given no seat back.
func TestDeactivationByALoginPage(t *testing.T) {
	for _, kind := range []string{"text/html", "application/json"} {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
			t.Fatal(err)
		}
		v.spoils(func(w http.ResponseWriter, _ *http.Request, _ int) (bool, bool) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, "{}")
			return true, false
		})
		var answer *AnswerError
		if _, err := m.Deactivate(t.Context()); !errors.As(err, &answer) {
			t.Errorf("%s: %v", kind, err)
		}
		if status, err := m.Status(); err != nil || !status.Licensed || status.Pending != deactivating {
			t.Errorf("%s: %+v, %v", kind, status, err)
		}
		m.Close()
	}
}

// How long a call tries again, and which answers it does not repeat.
func TestPatience(t *testing.T) {
	busy := func(after string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	tests := []struct {
		name        string
		answer      func(http.ResponseWriter)
		patience    time.Duration
		least, most int
	}{
		{"busy for as long as it likes", busy(""), 30 * time.Second, 5, 60_000},
		{"busy, ten seconds at a time", busy("10"), 30 * time.Second, 3, 3},
		{"busy for longer than a person waits", busy("60"), 30 * time.Second, 1, 1},
		{"no patience", busy(""), -1, 1, 1},
		{"forbidden by a proxy", func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }, 30 * time.Second, 1, 1},
	}
	for _, tt := range tests {
		v, tries := newVendor(t), 0
		v.spoils(func(w http.ResponseWriter, _ *http.Request, _ int) (bool, bool) {
			tries++
			tt.answer(w)
			return true, false
		})
		m := v.machine(t.TempDir(), nil)
		m.settings.Patience, m.settings.Now = tt.patience, licensetest.Noon
		var answer *AnswerError
		if _, err := m.Activate(t.Context(), v.key.Reveal()); !errors.As(err, &answer) || tries < tt.least || tries > tt.most {
			t.Errorf("%s: %d tries, %v; want %d to %d", tt.name, tries, err, tt.least, tt.most)
		}
		m.Close()
	}
}

func TestRetryAfter(t *testing.T) {
	now := licensetest.Noon()
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "999999999": 24 * time.Hour,
		now.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second, now.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// A call that is stopped ends at once; Status does not wait for one that runs.
func TestCanceled(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	m.sleep = sleep
	m.settings.Patience = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m.settings.OnWait = func(error, time.Duration) {
		if status, err := m.Status(); err != nil || status.Pending != activating {
			t.Errorf("in between: %+v, %v", status, err)
		}
		cancel()
	}
	v.spoils(silent("/activations", true))
	begun := time.Now()
	if _, err := m.Activate(ctx, v.key.Reveal()); err == nil || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if _, err := m.Reactivate(ctx); err == nil {
		t.Error("a call with an ended context succeeded")
	}
}
