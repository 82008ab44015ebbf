package chariot

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
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

// The operating system was installed anew, and the state brought back.
func TestMoveToANewSystem(t *testing.T) {
	v, old := newVendor(t), t.TempDir()
	m := onComputer(t, v, old, "a")
	before, err := m.Activate(t.Context(), v.key.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	dir := copyState(t, old)
	m = onComputer(t, v, dir, "b")
	// The first answer is lost, in the middle of the person's patience.
	v.spoil = func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		return false, strings.HasSuffix(r.URL.Path, "/reactivate")
	}
	if _, err := m.Reactivate(t.Context()); err == nil {
		t.Fatal("the lost answer came")
	}
	v.spoil = nil
	after, err := m.Reactivate(t.Context())
	if err != nil || !after.Licensed || after.Fingerprint == before.Fingerprint || after.ActivationID != before.ActivationID {
		t.Fatalf("%+v, %v", after, err)
	}
	if v.seats() != "1 opened, held true" || len(v.sequences) != 3 || v.sequences[1] != v.sequences[2] {
		t.Errorf("%s, sequences %v: want one seat, and one intent for both tries", v.seats(), v.sequences)
	}
	m.Close()
	if m = onComputer(t, v, dir, ""); m.Fingerprint() != after.Fingerprint {
		t.Error("the machine is not at home on its new system")
	}
	m.Close()
	left := onComputer(t, v, old, "a")
	defer left.Close()
	if _, err := left.Reactivate(t.Context()); !errors.Is(err, ErrSeatMoved) {
		t.Errorf("the one that was left: %v", err)
	}
}

// An unanswered move is finished by whatever is asked for next.
func TestWishesWhileAMoveWaits(t *testing.T) {
	for _, call := range []string{"activate", "reactivate", "deactivate"} {
		v, old := newVendor(t), t.TempDir()
		m := onComputer(t, v, old, "a")
		if err := v.run(m, "activate"); err != nil {
			t.Fatal(err)
		}
		m.Close()
		m = onComputer(t, v, copyState(t, old), "b")
		v.spoil = func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) { return false, true }
		if err := v.run(m, "move"); err == nil {
			t.Fatal("the lost answer came")
		}
		v.spoil = nil
		if s, err := m.Status(); err != nil || s.Pending != "reactivate" {
			t.Errorf("waiting: %+v, %v", s, err)
		}
		if err := v.run(m, call); err != nil {
			t.Errorf("%s: %v", call, err)
		}
		s, err := m.Status()
		if err != nil || s.Pending != "" || s.Licensed != (call != "deactivate") {
			t.Errorf("%s: %+v, %v", call, s, err)
		}
		if v.openings != 1 || v.holder.Holds() != (call != "deactivate") {
			t.Errorf("%s: %s", call, v.seats())
		}
		m.Close()
	}
}

// The computer changes again before the move was answered: the seat comes along.
func TestMoveTwice(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := onComputer(t, v, dir, "a")
	if err := v.run(m, "activate"); err != nil {
		t.Fatal(err)
	}
	m.Close()
	m = onComputer(t, v, dir, "b")
	v.spoil = func(http.ResponseWriter, *http.Request, int) (bool, bool) { return false, true }
	if err := v.run(m, "move"); err == nil {
		t.Fatal("the lost answer came")
	}
	v.spoil = nil
	m.Close()
	m = onComputer(t, v, dir, "c")
	defer m.Close()
	if s, err := m.Reactivate(t.Context()); err != nil || !s.Licensed || v.holder.Fingerprint != m.Fingerprint() {
		t.Errorf("%+v, %v", s, err)
	}
}

// An activation whose answer was lost is repeated after the seat moved away: told
// once, the next one is a wish of its own.
func TestActivationAfterTheSeatMoved(t *testing.T) {
	v := newVendor(t)
	m := v.machine(t.TempDir(), nil)
	defer m.Close()
	m.settings.Patience = -1
	v.spoil = func(_ http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		return false, r.URL.Path == "/v1/activations"
	}
	if err := v.run(m, "activate"); err == nil {
		t.Fatal("the lost answer came")
	}
	v.spoil = nil
	v.movedFrom, v.holder.Fingerprint = m.Fingerprint(), "another"
	if err := v.run(m, "activate"); !errors.Is(err, ErrSeatMoved) {
		t.Errorf("first %v", err)
	}
	if err := v.run(m, "activate"); !isProblem(err, seatsTaken) {
		t.Errorf("then %v", err)
	}
}

// A deactivation that has begun is finished on the new system, for the old one.
func TestDeactivationGoesOnOnANewSystem(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	m := onComputer(t, v, dir, "a")
	if err := v.run(m, "activate"); err != nil {
		t.Fatal(err)
	}
	v.spoil = func(http.ResponseWriter, *http.Request, int) (bool, bool) { panic(http.ErrAbortHandler) }
	if err := v.run(m, "deactivate"); err == nil {
		t.Fatal("an answer came")
	}
	v.spoil = nil
	m.Close()
	m = onComputer(t, v, dir, "b")
	defer m.Close()
	if err := v.run(m, "deactivate"); err != nil || v.seats() != "1 opened, held false" {
		t.Errorf("%v, %s", err, v.seats())
	}
}
