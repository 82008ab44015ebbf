package chariot

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// change changes the vendor between two requests: a handler may still be running
// after its connection was dropped.
func (v *vendor) change(do func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do()
}

func (v *vendor) spoils(spoil func(http.ResponseWriter, *http.Request, int) (bool, bool)) {
	v.change(func() { v.spoil = spoil })
}

// silent drops the answers to what ends in path: once it has happened, or, where
// it is unheard, before.
func silent(path string, heard bool) func(http.ResponseWriter, *http.Request, int) (bool, bool) {
	return func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false, false
		}
		if !heard {
			panic(http.ErrAbortHandler)
		}
		return false, true
	}
}

// refusing answers what ends in path with a problem.
func refusing(path string, status int, code string, with map[string]any) func(http.ResponseWriter, *http.Request, int) (bool, bool) {
	return func(w http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false, false
		}
		_, body := problemBody(status, code, with)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		writeJSON(w, body)
		return true, false
	}
}

// What a person may wish next while an intent waits for its answer. Whatever it
// is, no seat is lost and none is taken twice.
func TestWishesWhileAnIntentWaits(t *testing.T) {
	tests := []struct {
		name  string
		first string // the call whose answer is lost, for good
		heard bool   // whether the server had done it
		then  string
		want  error
		seats string
	}{
		{"activate, again", "activate", true, "activate", nil, "1 opened, held true"},
		{"activate, never arrived, again", "activate", false, "activate", nil, "1 opened, held true"},
		{"activate, then another license", "activate", true, "activate another", ErrActivationPending, "1 opened, held true"},
		{"activate, then reactivate", "activate", true, "reactivate", ErrActivationPending, "1 opened, held true"},
		{"activate, then deactivate", "activate", true, "deactivate", nil, "1 opened, held false"},
		{"activate, never arrived, then deactivate", "activate", false, "deactivate", nil, "1 opened, held false"},
		{"deactivate, again", "deactivate", true, "deactivate", nil, "1 opened, held false"},
		{"deactivate, then reactivate", "deactivate", false, "reactivate", ErrDeactivationPending, "1 opened, held true"},
		{"deactivate, then activate", "deactivate", true, "activate", nil, "2 opened, held true"},
		{"deactivate, never arrived, then activate", "deactivate", false, "activate", nil, "2 opened, held true"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, dir := newVendor(t), t.TempDir()
			_, another := licensetest.NewLicense(1)
			run := func(call string) error {
				m := v.machine(dir, nil)
				defer m.Close()
				texts := map[string]string{"activate": v.key.Reveal(), "activate another": another.Reveal()}
				return wish(t.Context(), m, call, texts[call])
			}
			if tt.first == "deactivate" {
				if err := run("activate"); err != nil {
					t.Fatal(err)
				}
			}
			v.spoils(silent(map[string]string{"activate": "/activations", "deactivate": "/deactivate"}[tt.first], tt.heard))
			var unreachable *UnreachableError
			if err := run(tt.first); !errors.As(err, &unreachable) {
				t.Fatalf("the first: %v", err)
			}
			v.spoils(nil)
			if err := run(tt.then); !errors.Is(err, tt.want) {
				t.Errorf("then: %v, want %v", err, tt.want)
			}
			if v.seats() != tt.seats {
				t.Errorf("%s, want %s", v.seats(), tt.seats)
			}
		})
	}
}

func wish(ctx context.Context, m *Machine, call, text string) (err error) {
	switch call {
	case "reactivate":
		_, err = m.Reactivate(ctx)
	case "deactivate":
		_, err = m.Deactivate(ctx)
	default:
		_, err = m.Activate(ctx, text)
	}
	return err
}

// An activation that waits, and is refused when deactivate settles it: what says
// that there is no seat is a deactivation done; what does not is told once.
func TestDeactivateSettlesARefusedActivation(t *testing.T) {
	for code, done := range map[string]bool{
		seatsTaken: true, requestSuperseded: true, activationReleased: true,
		"license-suspended": false, licenseNotFound: false,
	} {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		v.spoils(silent("/activations", false))
		if _, err := m.Activate(t.Context(), v.key.Reveal()); err == nil {
			t.Fatal("no answer, and no error")
		}
		v.spoils(refusing("/activations", 409, code, nil))
		_, err := m.Deactivate(t.Context())
		if (err == nil) != done || !done && !isProblem(err, code) {
			t.Errorf("%s: %v", code, err)
		}
		if status, err := m.Deactivate(t.Context()); err != nil || status.Pending != "" {
			t.Errorf("%s, again: %+v, %v", code, status, err)
		}
		m.Close()
	}
}

// A problem that decides nothing leaves the intent waiting.
func TestUndecidedIntentsWait(t *testing.T) {
	for code, waits := range map[string]bool{
		"internal": true, "unavailable": true, "rate-limited": true, "malformed-request": true, "route-not-found": true, "new-thing": true,
		seatsTaken: false, "license-expired": false,
	} {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		v.spoils(refusing("/activations", 400, code, nil))
		if _, err := m.Activate(t.Context(), v.key.Reveal()); !isProblem(err, code) {
			t.Errorf("%s: %v", code, err)
		}
		if status, err := m.Status(); err != nil || (status.Pending != "") != waits || status.LastContact.Problem.Code != code {
			t.Errorf("%s: %+v, %v", code, status, err)
		}
		m.Close()
	}
}

// Superseded and released machines count on once, and no further.
func TestCountsOnOnce(t *testing.T) {
	for _, code := range []string{requestSuperseded, activationReleased} {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		const far = 1_800_000_000_000_000
		asked := 0
		problem := refusing("/activations", 409, code, map[string]any{"sequence": far})
		v.spoils(func(w http.ResponseWriter, r *http.Request, n int) (bool, bool) {
			if strings.HasSuffix(r.URL.Path, "/activations") {
				asked++
			}
			return problem(w, r, n)
		})
		if _, err := m.Activate(t.Context(), v.key.Reveal()); !isProblem(err, code) || asked != 2 {
			t.Errorf("%s: asked %d times, %v", code, asked, err)
		}
		v.spoils(nil)
		if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil || v.sequences[0] != far+2 {
			t.Errorf("%s: then sequences %v, %v", code, v.sequences, err)
		}
		m.Close()
	}
}

// Support has replaced the key: the new one takes over the same activation, and
// deactivates it. The old one, which nobody knows, does not lock the machine.
func TestReplacedKey(t *testing.T) {
	for _, found := range []string{"reactivate", "deactivate"} {
		v := newVendor(t)
		m := v.machine(t.TempDir(), nil)
		old := v.key
		if _, err := m.Activate(t.Context(), old.Reveal()); err != nil {
			t.Fatal(err)
		}
		v.change(func() { _, v.key = licensetest.NewLicense(1) })
		if _, err := m.Activate(t.Context(), v.key.Reveal()); !errors.Is(err, ErrOtherLicense) {
			t.Errorf("before the server was asked: %v", err)
		}
		if err := wish(t.Context(), m, found, ""); !isProblem(err, licenseNotFound) {
			t.Errorf("%s with the old key: %v", found, err)
		}
		if status, err := m.Status(); err != nil || !status.Licensed {
			t.Errorf("the plant stopped: %+v, %v", status, err)
		}
		status, err := m.Activate(t.Context(), v.key.Reveal())
		if err != nil || status.LicenseID != old.ID() || v.seats() != "1 opened, held true" {
			t.Errorf("the new key: %+v, %v, %s", status, err, v.seats())
		}
		if _, err := m.Deactivate(t.Context()); err != nil || v.seats() != "1 opened, held false" {
			t.Errorf("deactivate: %v, %s", err, v.seats())
		}
		m.Close()
	}
}

// A good certificate of another license under a key that is known does not count.
func TestLicenseIsPinned(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Deactivate(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.change(func() { v.license.ID = license.ID("lic_" + strings.Repeat("7", 26)) })
	var untrusted *UntrustedError
	if _, err := m.Activate(t.Context(), v.key.Reveal()); !errors.As(err, &untrusted) {
		t.Errorf("%v, want *UntrustedError", err)
	}
	if status, err := m.Status(); err != nil || status.Licensed {
		t.Errorf("%+v, %v", status, err)
	}
}
