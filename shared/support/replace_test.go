package support_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
	"github.com/cirruslink/chariot-license/shared/support"
)

func (d *desk) replaceKey(key string, id license.ID) *support.Issued {
	d.Helper()
	issued, err := d.ReplaceKey(d.Context(), call(key), id, "posted in a forum")
	if err != nil {
		d.Fatalf("replacing the key: %v", err)
	}
	return issued
}

// onlyKey checks that of all keys ever made, this one alone finds the license, for
// machines and in a search.
func (d *desk) onlyKey(id license.ID, only license.Key, others ...license.Key) {
	d.Helper()
	for _, key := range append(others, d.cipher.Keys()...) {
		snap, err := d.store.Find(d.Context(), key)
		found, _, searchErr := d.Search(d.Context(), key.Reveal(), "")
		switch {
		case key == only && (err != nil || snap.License.ID != id || searchErr != nil || len(found) != 1 || found[0].License.ID != id):
			d.Errorf("the license's own key: %v; a search finds %d, %v", err, len(found), searchErr)
		case key != only && (!errors.Is(err, license.ErrNotFound) || searchErr != nil || len(found) != 0):
			d.Errorf("another key: %v; a search finds %d, %v", err, len(found), searchErr)
		}
	}
}

// replacements is how many are on record.
func (d *desk) replacements(id license.ID) (n int) {
	d.Helper()
	view, err := d.Show(d.Context(), id, "", "")
	if err != nil {
		d.Fatal(err)
	}
	for _, e := range view.Events {
		if e.Kind == license.KeyReplaced && e.Actor == "support:jo@example.com" && e.Reason == "posted in a forum" {
			n++
		}
	}
	return n
}

func TestReplaceKey(t *testing.T) {
	d := newDesk(t)
	first := d.issue("one")
	id := first.License.ID
	second := d.replaceKey("second", id)
	if l := second.License; l.ID != id || l.Revision != 2 || l.KeyHash != second.Key.Hash() || l.OfflineKey != second.Key.OfflineKey() || second.About != first.About {
		t.Errorf("replaced: %+v", second.Record)
	}
	if key, err := license.ParseKey(second.File); err != nil || key != second.Key || key == first.Key || !strings.Contains(second.File, string(id)) {
		t.Errorf("the file does not name the new key and the same license: %v", err)
	}
	d.onlyKey(id, second.Key)
	if again := d.replaceKey("second", id); again.Key != second.Key || d.replacements(id) != 1 {
		t.Errorf("the same call replaced the key again; %d times on record", d.replacements(id))
	}

	third := d.replaceKey("the third", id)
	d.onlyKey(id, third.Key)
	if again := d.replaceKey("second", id); again.Key != third.Key || again.License.Revision != 3 {
		t.Error("a repeated call did not answer with the key of now")
	}
	if again := d.issue("one"); again.Key != third.Key || again.License.ID != id {
		t.Error("the repeated issue did not answer with the key of now")
	}
	reused := call("the third")
	reused.Body[31]++
	if _, err := d.ReplaceKey(t.Context(), reused, id, "r"); !errors.Is(err, support.ErrCallReused) || d.replacements(id) != 2 {
		t.Errorf("another request under a key in use: %v, %d replacements", err, d.replacements(id))
	}
}

func TestReplaceKeyRefuses(t *testing.T) {
	d := newDesk(t)
	first := d.issue("one")
	id := first.License.ID
	if _, err := d.ReplaceKey(t.Context(), call("a"), "lic_unknown", "r"); !errors.Is(err, license.ErrNotFound) {
		t.Errorf("an unknown license: %v", err)
	}
	if _, err := d.Change(t.Context(), call("bb"), id, support.Amendment{State: license.Revoked}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ReplaceKey(t.Context(), call("cccc"), id, "posted in a forum"); !errors.Is(err, license.ErrRevoked) || d.replacements(id) != 0 {
		t.Errorf("a revoked license: %v, %d replacements", err, d.replacements(id))
	}
	d.onlyKey(id, first.Key)
}

// The ID of an imported license comes from none of its keys.
func TestReplaceKeyOfAnImportedLicense(t *testing.T) {
	d := newDesk(t)
	_, imported := licensetest.NewLicense(1)
	l, unrelated := licensetest.Issue(t, d.store, 1, func(l *license.License) {
		l.KeyHash, l.OfflineKey = imported.Hash(), [32]byte{}
	})
	for i := range 2 {
		replaced := d.replaceKey(strings.Repeat("r", i+1), l.ID)
		if replaced.License.ID != l.ID || replaced.License.OfflineKey != replaced.Key.OfflineKey() {
			t.Errorf("replaced: %+v", replaced.License)
		}
		d.onlyKey(l.ID, replaced.Key, imported, unrelated)
	}
}

// P5: whatever fails at whatever call of a replacement, the same request repeated
// succeeds: one replacement, one key. What lands late after that changes nothing.
func TestEveryFaultOfAReplacement(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	before := d.injector.Requests()
	d.replaceKey("second", id)
	calls := d.injector.Requests() - before
	for name, fault := range licensetest.Faults() {
		for at := range calls {
			for _, length := range []int{1, 4} {
				t.Run(fmt.Sprintf("%s/call %d/%d times", name, at, length), func(t *testing.T) {
					t.Parallel()
					replacementSurvives(t, fault, at, length)
				})
			}
		}
	}
}

func replacementSurvives(t *testing.T, fault licensetest.Fault, at, length int) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	first := d.injector.Requests() + at
	d.injector.Plan = func(n int, operation string) licensetest.Fault {
		if n < first || n >= first+length || fault == licensetest.Conflict && !strings.HasPrefix(operation, "Transact") {
			return licensetest.None
		}
		return fault
	}
	spoiled, err := d.ReplaceKey(t.Context(), call("second"), id, "posted in a forum")
	if err != nil && !errors.Is(err, license.ErrUnavailable) {
		t.Errorf("the spoiled request: %v, want success or license.ErrUnavailable", err)
	}
	d.injector.Plan = nil
	again := d.replaceKey("second", id)
	d.injector.Land()
	last := d.replaceKey("second", id)
	if err == nil && spoiled.Key != again.Key || last.Key != again.Key || last.License.Revision != 2 {
		t.Errorf("one call was answered with several keys, or the license is at revision %d", last.License.Revision)
	}
	if n := d.replacements(id); n != 1 {
		t.Errorf("on record %d times", n)
	}
	d.onlyKey(id, again.Key)
}

// Many people replace the key at once, one of them over and over: each call
// replaces it once, and the last one's key is the license's.
func TestConcurrentReplacements(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	keys := make([]license.Key, 20)
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() { keys[i] = d.replaceKey(strings.Repeat("x", 2+i%4), id).Key })
	}
	wait.Wait()
	last := d.replaceKey("xx", id)
	if n := d.replacements(id); n != 4 || last.License.Revision != 5 || !slices.Contains(keys, last.Key) {
		t.Errorf("%d replacements by 4 calls, at revision %d", n, last.License.Revision)
	}
	d.onlyKey(id, last.Key)
}
