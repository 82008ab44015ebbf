package chariot

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
)

// computerVectors are testdata/computers.json, which the Java client runs too.
type computerVectors struct {
	Computers []struct {
		Name, System       string
		Files, Environment map[string]string
		Registry           *string
		ID                 string
	}
	Fingerprints []struct {
		InstallationID, ID, Computer string
		Fingerprint                  license.Fingerprint
	}
}

func readComputerVectors(t *testing.T) (v computerVectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/computers.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil || len(v.Computers) == 0 || len(v.Fingerprints) == 0 {
		t.Fatalf("no computers: %v", err)
	}
	return v
}

func TestComputerID(t *testing.T) {
	for _, v := range readComputerVectors(t).Computers {
		c := computer{
			system: v.System, root: t.TempDir(),
			env: func(name string) string { return v.Environment[name] },
			registry: func() (string, error) {
				if v.Registry == nil {
					return "", os.ErrNotExist
				}
				return *v.Registry, nil
			},
		}
		for name, text := range v.Files {
			path := filepath.Join(c.root, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.id(); got != v.ID {
			t.Errorf("%s: %q, want %q", v.Name, got, v.ID)
		}
	}
}

func TestFingerprint(t *testing.T) {
	for _, v := range readComputerVectors(t).Fingerprints {
		installation, err := hex.DecodeString(v.InstallationID)
		if err != nil {
			t.Fatal(err)
		}
		who := identity{installation: installation, home: "not in it", here: computerName(v.ID)}
		if who.here != v.Computer || who.fingerprint() != v.Fingerprint {
			t.Errorf("ID %q: computer %q, fingerprint %s", v.ID, who.here, who.fingerprint())
		}
	}
}

// The same state, opened again on computers with these IDs.
func TestFingerprintStays(t *testing.T) {
	tests := []struct {
		name      string
		computers []string
		stays     bool
	}{
		{"after a restart", []string{"a", "a", "a"}, true},
		{"where the ID cannot be read today", []string{"a", "", "a", ""}, true},
		{"of a machine that was made in a container, wherever it goes", []string{"", "b", "", "c"}, true},
		{"at home, where the ID cannot be read after the state was seen elsewhere", []string{"a", "b", ""}, true},
		{"not on another computer", []string{"a", "b"}, false},
		{"not on another computer, seen after one without an ID", []string{"a", "", "b"}, false},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		// A license, so that the machine does not simply move in.
		v := newVendor(t)
		var first, last license.Fingerprint
		for i, id := range tt.computers {
			m := onComputer(t, v, dir, id)
			if i == 0 {
				first = m.Fingerprint()
				if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
					t.Fatal(err)
				}
			}
			last = m.Fingerprint()
			m.Close()
		}
		if (first == last) != tt.stays {
			t.Errorf("%s: %s, then %s", tt.name, first, last)
		}
	}
}

// onComputer opens a state directory on a computer whose operating system has an
// ID, or none.
func onComputer(t *testing.T, v *vendor, dir, id string) *Machine {
	t.Helper()
	registry := strings.Repeat(id, 8) + "-0000-0000-0000-000000000000"
	settings := Settings{Server: v.URL, Roots: v.root.Roots(), Patience: -1, computer: computer{
		system: "windows", registry: func() (string, error) { return registry, nil },
	}}
	m, err := Open(dir, settings)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// An image with Chariot installed and not activated is rolled out: each copy is a
// machine of its own, for good.
func TestRolledOutImage(t *testing.T) {
	v, image := newVendor(t), t.TempDir()
	onComputer(t, v, image, "a").Close()
	b, c := copyState(t, image), copyState(t, image)
	mb, mc := onComputer(t, v, b, "b"), onComputer(t, v, c, "c")
	if mb.Fingerprint() == mc.Fingerprint() {
		t.Error("two computers have one fingerprint")
	}
	want := mb.Fingerprint()
	mb.Close()
	mc.Close()
	// Without an ID for once, it is still at home on b.
	if mb = onComputer(t, v, b, ""); mb.Fingerprint() != want {
		t.Error("the machine did not move in")
	}
	mb.Close()
}

func copyState(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// A copy of an activated machine, with an ID of its own, is no licensed machine:
// it may move the seat or take another, and cannot give the original's back.
func TestCopyOfALicensedMachine(t *testing.T) {
	v, original := newVendor(t), t.TempDir()
	m := onComputer(t, v, original, "a")
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	m.Close()
	clone := onComputer(t, v, copyState(t, original), "b")
	defer clone.Close()
	if s, err := clone.Status(); err != nil || s.Licensed || s.Verdict.Action != Stop || s.Trouble != ErrMachineChanged.Error() {
		t.Errorf("status of the copy: %+v, %v", s, err)
	}
	if _, err := clone.Deactivate(t.Context()); !errors.Is(err, ErrMachineChanged) {
		t.Errorf("deactivate: %v", err)
	}
	if _, err := clone.Activate(t.Context(), v.key.Reveal()); !isProblem(err, seatsTaken) {
		t.Errorf("activate: %v", err)
	}
	m = onComputer(t, v, original, "a")
	defer m.Close()
	if s, err := m.Reactivate(t.Context()); err != nil || !s.Licensed {
		t.Errorf("the original: %+v, %v", s, err)
	}
}

// Another license is taken at once: what the copy had was never its own.
func TestCopyTakesAnotherLicense(t *testing.T) {
	v, other, original := newVendor(t), newVendor(t), t.TempDir()
	m := onComputer(t, v, original, "a")
	if _, err := m.Activate(t.Context(), v.key.Reveal()); err != nil {
		t.Fatal(err)
	}
	m.Close()
	clone := onComputer(t, other, copyState(t, original), "b")
	defer clone.Close()
	if s, err := clone.Activate(t.Context(), other.key.Reveal()); err != nil || s.LicenseID != other.license.ID {
		t.Errorf("%+v, %v", s, err)
	}
	if v.seats() != "1 opened, held true" {
		t.Errorf("the original's license: %s", v.seats())
	}
}
