package dynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
	"github.com/cirruslink/chariot-license/shared/support"
)

// replaceKey writes a new key for a license as it was read, as support does.
func replaceKey(t *testing.T, store *dynamo.Licenses, before support.Record, call string) (license.Key, error) {
	t.Helper()
	_, key := licensetest.NewLicense(1)
	after := before
	if err := after.License.ReplaceKey(key); err != nil {
		t.Fatal(err)
	}
	return key, store.Write(t.Context(), support.Change{
		Call: support.Call{Key: call, License: before.License.ID}, Before: &before, After: after, Secret: []byte("sealed:" + call),
		Event: license.Event{ID: licensetest.ULID(), At: licensetest.Noon(), Kind: license.KeyReplaced, Actor: "support:test"},
	})
}

func TestFindByReplacedKey(t *testing.T) {
	injector := &licensetest.Injector{}
	client, table := licensetest.DynamoDB(t, injector.Into)
	store, signer := published(t, client, table)
	l, first := licensetest.Issue(t, store, 3)
	a := holding(l, licensetest.Fingerprint('a'))
	if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, a)); err != nil {
		t.Fatal(err)
	}
	second, err := replaceKey(t, store, record(t, store, l.ID), "one")
	if err != nil {
		t.Fatal(err)
	}
	third, err := replaceKey(t, store, record(t, store, l.ID), "two")
	if err != nil {
		t.Fatal(err)
	}
	_, unknown := licensetest.NewLicense(1)
	tests := []struct {
		name  string
		key   license.Key
		calls int
		err   error
	}{
		{"the first key", first, 1, license.ErrNotFound},
		{"a replaced replacement", second, 1, license.ErrNotFound},
		{"the present key", third, 2, nil},
		{"an unknown key", unknown, 1, license.ErrNotFound},
	}
	for _, tt := range tests {
		before := injector.Requests()
		snap, err := store.Find(t.Context(), tt.key, a.Fingerprint)
		if n := injector.Requests() - before; n != tt.calls || !errors.Is(err, tt.err) {
			t.Errorf("%s: %d calls and %v, want %d and %v", tt.name, n, err, tt.calls, tt.err)
		}
		if err != nil {
			continue
		}
		got := snap.License
		if got.ID != l.ID || got.Used != 1 || got.Revision != 3 || got.KeyHash != third.Hash() || got.OfflineKey != third.OfflineKey() {
			t.Errorf("%s: license %+v", tt.name, got)
		}
		if snap.Activations[a.Fingerprint] == nil || snap.Trust.KeyID != signer.KeyID() {
			t.Errorf("%s: activations %+v, trust %+v", tt.name, snap.Activations, snap.Trust)
		}
	}
	if secret, err := store.Secret(t.Context(), l.ID); err != nil || string(secret) != "sealed:two" {
		t.Errorf("Secret = %q, %v; want that of the present key", secret, err)
	}
}

// What a key names is on record for the present one alone; others tell it themselves.
func TestNamed(t *testing.T) {
	store, _ := newStore(t)
	l, first := licensetest.Issue(t, store, 1)
	second, err := replaceKey(t, store, record(t, store, l.ID), "one")
	if err != nil {
		t.Fatal(err)
	}
	third, err := replaceKey(t, store, record(t, store, l.ID), "two")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		key  license.Key
		want license.ID
	}{"first": {first, l.ID}, "replaced": {second, second.ID()}, "present": {third, l.ID}} {
		if got, err := store.Named(t.Context(), tt.key); err != nil || got != tt.want {
			t.Errorf("Named(%s) = %s, %v; want %s", name, got, err, tt.want)
		}
	}
}

// Nothing of a refused replacement is left behind.
func TestReplacementConditions(t *testing.T) {
	store, _ := newStore(t)
	l, first := licensetest.Issue(t, store, 1)
	read := record(t, store, l.ID)
	raiseSeats(t, store, &l)
	late, err := replaceKey(t, store, read, "late")
	if !errors.Is(err, license.ErrStale) {
		t.Errorf("over an older revision: %v", err)
	}
	if call, err := store.Call(t.Context(), "late"); call != nil || err != nil {
		t.Errorf("it left its call behind: %+v, %v", call, err)
	}
	if id, err := store.Named(t.Context(), late); id != late.ID() || err != nil {
		t.Errorf("its key names %s, %v", id, err)
	}
	if secret, err := store.Secret(t.Context(), l.ID); string(secret) != "sealed" || err != nil {
		t.Errorf("it left its key behind: %q, %v", secret, err)
	}
	if got := look(t, store, l, first).License; got.Revision != 2 {
		t.Errorf("the license is at revision %d", got.Revision)
	}
	second, err := replaceKey(t, store, record(t, store, l.ID), "one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replaceKey(t, store, record(t, store, l.ID), "one"); !errors.Is(err, license.ErrStale) {
		t.Errorf("a call that is on record: %v", err)
	}
	look(t, store, l, second)
}

// What was decided with the old key is stale; only a seat is given back all the same.
func TestCommitAfterReplacement(t *testing.T) {
	for effect, want := range map[license.SeatEffect]error{
		license.TakeSeat: license.ErrStale, license.KeepSeats: license.ErrStale, license.FreeSeat: nil,
	} {
		store, _ := newStore(t)
		l, _ := licensetest.Issue(t, store, 2)
		a := holding(l, licensetest.Fingerprint('a'))
		if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, a)); err != nil {
			t.Fatal(err)
		}
		if _, err := replaceKey(t, store, record(t, store, l.ID), rand.Text()); err != nil {
			t.Fatal(err)
		}
		if err := store.Commit(t.Context(), change(l, effect, &a, a)); !errors.Is(err, want) {
			t.Errorf("effect %d: %v, want %v", effect, err, want)
		}
	}
}

// between lets something happen after the first read of each Find.
type between struct {
	dynamo.Client
	happen func()
}

func (b *between) TransactGetItems(ctx context.Context, in *dynamodb.TransactGetItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactGetItemsOutput, error) {
	out, err := b.Client.TransactGetItems(ctx, in, o...)
	if happen := b.happen; happen != nil {
		b.happen = nil
		happen()
	}
	return out, err
}

// Of the two reads for a replaced key, the second alone counts.
func TestBetweenTheTwoReads(t *testing.T) {
	client, table := licensetest.DynamoDB(t)
	b := &between{Client: client}
	store, _ := published(t, b, table)
	l, _ := licensetest.Issue(t, store, 1)
	second, err := replaceKey(t, store, record(t, store, l.ID), "one")
	if err != nil {
		t.Fatal(err)
	}
	b.happen = func() { raiseSeats(t, store, &license.License{ID: l.ID}) }
	if snap, err := store.Find(t.Context(), second); err != nil || snap.License.Seats != 2 {
		t.Errorf("changed in between: %+v, %v; want the license as it is", snap, err)
	}
	b.happen = func() {
		if _, err := replaceKey(t, store, record(t, store, l.ID), "two"); err != nil {
			t.Error(err)
		}
	}
	if _, err := store.Find(t.Context(), second); !errors.Is(err, license.ErrNotFound) {
		t.Errorf("replaced in between: %v, want license.ErrNotFound", err)
	}
}
