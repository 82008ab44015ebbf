package dynamo_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
	"github.com/cirruslink/chariot-license/shared/support"
)

// amend writes a change of a record, as support does.
func amend(t *testing.T, store *dynamo.Licenses, before support.Record, call string, apply func(*support.Record)) error {
	t.Helper()
	after := before
	after.License.Revision++
	apply(&after)
	return store.Write(t.Context(), support.Change{
		Call: support.Call{Key: call, License: before.License.ID}, Before: &before, After: after,
		Event: license.Event{ID: licensetest.ULID(), At: licensetest.Noon(), Kind: license.Changed, Actor: "support:test"},
	})
}

func record(t *testing.T, store *dynamo.Licenses, id license.ID) support.Record {
	t.Helper()
	records, err := store.Records(t.Context(), id)
	if err != nil || len(records) != 1 {
		t.Fatalf("Records = %+v, %v", records, err)
	}
	return records[0]
}

func raiseSeats(t *testing.T, store *dynamo.Licenses, l *license.License) {
	t.Helper()
	if err := amend(t, store, record(t, store, l.ID), rand.Text(), func(r *support.Record) { r.License.Seats++ }); err != nil {
		t.Fatal(err)
	}
	l.Seats, l.Revision = l.Seats+1, l.Revision+1
}

func TestWriteChangesAllButUsed(t *testing.T) {
	store, _ := newStore(t)
	l, key := licensetest.Issue(t, store, 1)
	read := record(t, store, l.ID)
	if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, holding(l, licensetest.Fingerprint('a')))); err != nil {
		t.Fatal(err)
	}
	end := licensetest.Noon().AddDate(0, 1, 0)
	for _, step := range []func(*support.Record){
		func(r *support.Record) {
			r.License.Seats, r.License.State, r.License.Expires = 9, license.Suspended, end
			r.License.Features = []license.Feature{{Name: "other"}}
		},
		func(r *support.Record) { r.License.Expires = time.Time{} },
	} {
		if err := amend(t, store, read, rand.Text(), step); err != nil {
			t.Fatal(err)
		}
		step(&read)
		read.License.Revision++
		got := look(t, store, l, key).License
		if got.Used != 1 || got.Seats != 9 || got.State != license.Suspended || !got.Expires.Equal(read.License.Expires) ||
			got.Revision != read.License.Revision || got.Features[0].Name != "other" {
			t.Errorf("%+v, want it as\n%+v with one seat used", got, read.License)
		}
	}
}

func TestWriteConditions(t *testing.T) {
	store, _ := newStore(t)
	l, _ := licensetest.Issue(t, store, 1)
	read := record(t, store, l.ID)
	raise := func(r *support.Record) { r.License.Seats++ }
	if err := amend(t, store, read, "call-1", raise); err != nil {
		t.Fatal(err)
	}
	if err := amend(t, store, read, "call-2", raise); !errors.Is(err, license.ErrStale) {
		t.Errorf("over an older revision: %v", err)
	}
	if call, err := store.Call(t.Context(), "call-2"); call != nil || err != nil {
		t.Errorf("a refused change left its call behind: %+v, %v", call, err)
	}
	if err := amend(t, store, record(t, store, l.ID), "call-1", raise); !errors.Is(err, license.ErrStale) {
		t.Errorf("a call that is on record: %v", err)
	}
	if call, err := store.Call(t.Context(), "call-1"); err != nil || call == nil || call.License != l.ID {
		t.Errorf("Call = %+v, %v", call, err)
	}
	if got := record(t, store, l.ID).License; got.Seats != 2 || got.Revision != 2 {
		t.Errorf("seats %d at revision %d, want 2 at 2", got.Seats, got.Revision)
	}
}

func TestReleaseWritesSeatAndCallTogether(t *testing.T) {
	store, _ := newStore(t)
	l, key := licensetest.Issue(t, store, 1)
	a := holding(l, licensetest.Fingerprint('a'))
	if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, a)); err != nil {
		t.Fatal(err)
	}
	free := change(l, license.FreeSeat, &a, a.Close(license.Released, nil, licensetest.Noon()))
	call := support.Call{Key: "restore-1", License: l.ID, Body: [32]byte{1}}
	if err := store.Release(t.Context(), free, call); err != nil {
		t.Fatal(err)
	}
	if err := store.Release(t.Context(), free, call); !errors.Is(err, license.ErrStale) {
		t.Errorf("the same again: %v", err)
	}
	is := look(t, store, l, key)
	if is.License.Used != 0 || is.Activations[0].State != license.Released {
		t.Errorf("used %d, %s", is.License.Used, is.Activations[0].State)
	}
}

func TestSearchFollowsTheRecord(t *testing.T) {
	store, _ := newStore(t)
	l, _ := licensetest.Issue(t, store, 1)
	other, _ := licensetest.Issue(t, store, 1)
	err := amend(t, store, record(t, store, l.ID), "c", func(r *support.Record) {
		r.About.ContactEmail, r.About.Reference = "New@Example.com", "PO-1"
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		term string
		want []license.ID
	}{
		{"new@example.com", []license.ID{l.ID}},
		{" NEW@example.com ", []license.ID{l.ID}},
		{"po-1", []license.ID{l.ID}},
		{"plant@example.com", []license.ID{other.ID}},
		{"nobody@example.com", nil},
	}
	for _, tt := range tests {
		if got, _, err := store.Search(t.Context(), tt.term, ""); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("Search(%q) = %v, %v; want %v", tt.term, got, err, tt.want)
		}
	}
}

func TestPages(t *testing.T) {
	store, _ := newStore(t)
	l, _ := licensetest.Issue(t, store, 300)
	for range 150 {
		if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, holding(l, licensetest.RandomFingerprint()))); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[license.Fingerprint]bool{}
	first, next, err := store.Activations(t.Context(), l.ID, "")
	if err != nil || len(first) != 100 || next == "" {
		t.Fatalf("first page: %d, %q, %v", len(first), next, err)
	}
	second, end, err := store.Activations(t.Context(), l.ID, next)
	if err != nil || len(second) != 50 || end != "" {
		t.Fatalf("second page: %d, %q, %v", len(second), end, err)
	}
	for _, a := range append(first, second...) {
		seen[a.Fingerprint] = true
	}
	if len(seen) != 150 {
		t.Errorf("%d machines on two pages, want 150", len(seen))
	}
	events, next, err := store.Events(t.Context(), l.ID, "")
	if err != nil || len(events) != 100 || next == "" {
		t.Fatalf("events: %d, %q, %v", len(events), next, err)
	}
	if !slices.IsSortedFunc(events, func(a, b license.Event) int { return strings.Compare(string(b.ID), string(a.ID)) }) {
		t.Error("events are not from the newest")
	}
	for i := range 130 {
		err := amend(t, store, record(t, store, l.ID), rand.Text(), func(r *support.Record) { r.License.Seats = 300 + i })
		if err != nil {
			t.Fatal(err)
		}
	}
	if grants, err := store.Grants(t.Context(), l.ID); err != nil || len(grants) != 1 {
		t.Errorf("Grants = %d, %v; want the one of the issue", len(grants), err)
	}
}

func TestSecret(t *testing.T) {
	store, _ := newStore(t)
	l, _ := licensetest.Issue(t, store, 1)
	if secret, err := store.Secret(t.Context(), l.ID); err != nil || string(secret) != "sealed" {
		t.Errorf("Secret = %q, %v", secret, err)
	}
	if _, err := store.Secret(t.Context(), "lic_unknown"); !errors.Is(err, license.ErrNotFound) {
		t.Errorf("of an unknown license: %v", err)
	}
	if records, err := store.Records(t.Context(), "lic_unknown"); err != nil || len(records) != 0 {
		t.Errorf("Records of an unknown license: %v, %v", records, err)
	}
}
