package dynamo_test

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// These are the contract of activation.Store, against a real DynamoDB-compatible
// server: a fake would agree with whatever condition we wrote.

func newStore(t *testing.T) (*dynamo.Licenses, *licensetest.Signer) {
	client, table := licensetest.DynamoDB(t)
	return published(t, client, table)
}

func published(t *testing.T, client dynamo.Client, table string) (*dynamo.Licenses, *licensetest.Signer) {
	store, signer := dynamo.NewLicenses(client, table), licensetest.NewSigner(t)
	licensetest.Publish(t, store, 1, signer)
	return store, signer
}

// holding is an activation of machine c with everything set.
func holding(l license.License, machine license.Fingerprint) license.Activation {
	return license.Activation{
		Fingerprint: machine, State: license.Holding, Sequence: 7,
		ID:          license.NewActivationID(l.ID, machine, [17]byte{1}),
		ActivatedAt: licensetest.Noon(), Machine: license.Machine{Hostname: "plant-7", Version: "3.0.1"},
		Certificate: license.Signed{KeyID: "kid", Payload: []byte("payload"), Signature: []byte("signature")},
	}
}

// change is a change of one machine's seat, as of the license given.
func change(l license.License, effect license.SeatEffect, before *license.Activation, after license.Activation) license.SeatChange {
	return license.SeatChange{
		License: l.ID, Revision: l.Revision, Effect: effect,
		Activations: []license.ActivationChange{{Before: before, After: after}},
		Event:       license.Event{ID: licensetest.ULID(), At: licensetest.Noon(), Kind: license.Activated, Actor: license.MachineActor},
	}
}

func TestFind(t *testing.T) {
	store, signer := newStore(t)
	l, key := licensetest.Issue(t, store, 3, func(l *license.License) {
		l.Expires = licensetest.Noon().AddDate(1, 0, 0)
		l.Terms = license.Terms{Enforce: license.Degrade, GraceDays: 14, ContactDays: 30}
		l.Features = append(l.Features, license.Feature{Name: "iot-bridge-snowflake", Metered: true},
			license.Feature{Name: "mqtt-server-support", Until: licensetest.Noon().AddDate(2, 0, 0)})
	})
	a := holding(l, licensetest.Fingerprint('a'))
	a.Sequence = 0
	a.Held = []license.ActivationID{"act_1"}
	a.Moved = license.Move{ID: "act_2", To: licensetest.Fingerprint('c'), ToID: "act_3"}
	if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, a)); err != nil {
		t.Fatal(err)
	}
	snap, err := store.Find(t.Context(), key, licensetest.Fingerprint('a'), licensetest.Fingerprint('b'))
	if err != nil {
		t.Fatal(err)
	}
	l.Used = 1
	if !reflect.DeepEqual(snap.License, l) {
		t.Errorf("license\n%+v, want\n%+v", snap.License, l)
	}
	if len(snap.Activations) != 1 || !reflect.DeepEqual(*snap.Activations[a.Fingerprint], a) {
		t.Errorf("activations %+v, want only\n%+v", snap.Activations, a)
	}
	if snap.Trust.KeyID != signer.KeyID() || snap.Trust.SigningKey != signer.SigningKey() || len(snap.Trust.Trusted) != 1 {
		t.Errorf("trust %+v", snap.Trust)
	}
}

func TestFindRefuses(t *testing.T) {
	store, _ := newStore(t)
	_, other := licensetest.NewLicense(1)
	if _, err := store.Find(t.Context(), other, licensetest.Fingerprint('a')); !errors.Is(err, license.ErrNotFound) {
		t.Errorf("unknown key: %v", err)
	}
	_, replaced := licensetest.Issue(t, store, 1, func(l *license.License) { l.KeyHash = other.Hash() })
	if _, err := store.Find(t.Context(), replaced); !errors.Is(err, license.ErrNotFound) {
		t.Errorf("a key that is not the license's any more: %v", err)
	}
}

func TestFindWithoutTrustIsUnavailable(t *testing.T) {
	client, table := licensetest.DynamoDB(t)
	store := dynamo.NewLicenses(client, table)
	_, key := licensetest.Issue(t, store, 1)
	if _, err := store.Find(t.Context(), key); !errors.Is(err, license.ErrUnavailable) {
		t.Errorf("Find = %v, want license.ErrUnavailable", err)
	}
}

// Each row breaks one condition of a commit that else succeeds, and nothing may
// be written then.
func TestCommitConditions(t *testing.T) {
	a, b := licensetest.Fingerprint('a'), licensetest.Fingerprint('b')
	tests := []struct {
		name   string
		change func(l license.License, held license.Activation) license.SeatChange
		want   error
	}{
		{"a free seat is taken", func(l license.License, _ license.Activation) license.SeatChange {
			return change(l, license.TakeSeat, nil, holding(l, b))
		}, nil},
		{"no seat is free", func(l license.License, _ license.Activation) license.SeatChange {
			return change(l, license.TakeSeat, nil, holding(l, licensetest.Fingerprint('f')))
		}, license.ErrStale},
		{"the license has changed since", func(l license.License, _ license.Activation) license.SeatChange {
			l.Revision--
			return change(l, license.TakeSeat, nil, holding(l, b))
		}, license.ErrStale},
		{"the machine is not new any more", func(l license.License, _ license.Activation) license.SeatChange {
			return change(l, license.TakeSeat, nil, holding(l, a))
		}, license.ErrStale},
		{"the certificate is renewed", func(l license.License, held license.Activation) license.SeatChange {
			return change(l, license.KeepSeats, &held, held)
		}, nil},
		{"the license has changed since the renewal was signed", func(l license.License, held license.Activation) license.SeatChange {
			l.Revision--
			return change(l, license.KeepSeats, &held, held)
		}, license.ErrStale},
		{"the seat is freed, whatever became of the license", func(l license.License, held license.Activation) license.SeatChange {
			l.Revision--
			return change(l, license.FreeSeat, &held, held.Close(license.Closed, nil, licensetest.Noon()))
		}, nil},
		{"another state", before(func(a *license.Activation) { a.State = license.Closed }), license.ErrStale},
		{"another opening", before(func(a *license.Activation) { a.ID = "act_other" }), license.ErrStale},
		{"another sequence", before(func(a *license.Activation) { a.Sequence++ }), license.ErrStale},
		{"another certificate", before(func(a *license.Activation) { a.Certificate.Signature = []byte("other") }), license.ErrStale},
		{"an unknown machine", before(func(a *license.Activation) { a.Fingerprint = b }), license.ErrStale},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store, _ := newStore(t)
			l, key := licensetest.Issue(t, store, 1, func(l *license.License) { l.Revision = 2 })
			held := holding(l, a)
			if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, held)); err != nil {
				t.Fatal(err)
			}
			if tt.name == "a free seat is taken" {
				raiseSeats(t, store, &l)
			}
			was := look(t, store, l, key)
			err := store.Commit(t.Context(), tt.change(l, held))
			if !errors.Is(err, tt.want) {
				t.Fatalf("Commit = %v, want %v", err, tt.want)
			}
			if is := look(t, store, l, key); (err == nil) == reflect.DeepEqual(is, was) {
				t.Errorf("Commit = %v, and the table went from\n%+v to\n%+v", err, was, is)
			}
		})
	}
}

// before frees the seat of a machine that is not as it was read.
func before(spoil func(*license.Activation)) func(license.License, license.Activation) license.SeatChange {
	return func(l license.License, held license.Activation) license.SeatChange {
		read := held
		spoil(&read)
		after := read.Close(license.Closed, nil, licensetest.Noon())
		return change(l, license.FreeSeat, &read, after)
	}
}

// seen is all that a commit can change.
type seen struct {
	License     license.License
	Activations []license.Activation
	Events      []license.Event
}

func look(t *testing.T, store *dynamo.Licenses, l license.License, key license.Key) (s seen) {
	t.Helper()
	snap, err := store.Find(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	s.License = snap.License
	if s.Activations, _, err = store.Activations(t.Context(), l.ID, ""); err != nil {
		t.Fatal(err)
	}
	if s.Events, _, err = store.Events(t.Context(), l.ID, ""); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFreeingMoreThanIsUsedIsRefused(t *testing.T) {
	store, _ := newStore(t)
	l, _ := licensetest.Issue(t, store, 1)
	a := holding(l, licensetest.Fingerprint('a'))
	if err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, a)); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, license.ErrStale} {
		// Twice the same: the machine reads as held both times.
		if err := store.Commit(t.Context(), change(l, license.FreeSeat, &a, a)); !errors.Is(err, want) {
			t.Errorf("freeing it for the %d. time: %v, want %v", i+1, err, want)
		}
	}
}

// Fifty machines at once for five seats: five get one, used says five.
func TestConcurrentCommitsNeverExceedTheSeats(t *testing.T) {
	store, _ := newStore(t)
	l, key := licensetest.Issue(t, store, 5)
	var granted atomic.Int64
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			err := store.Commit(t.Context(), change(l, license.TakeSeat, nil, holding(l, licensetest.RandomFingerprint())))
			switch {
			case err == nil:
				granted.Add(1)
			case !errors.Is(err, license.ErrStale):
				t.Errorf("Commit = %v", err)
			}
		})
	}
	wait.Wait()
	if is := look(t, store, l, key); granted.Load() != 5 || is.License.Used != 5 || len(is.Activations) != 5 {
		t.Errorf("%d granted, used %d, %d activations; want 5 of each", granted.Load(), is.License.Used, len(is.Activations))
	}
}

func TestFailures(t *testing.T) {
	client, table := licensetest.DynamoDB(t)
	failures, noon := dynamo.NewFailures(client, table), licensetest.Noon()
	tests := []struct {
		network string
		at      time.Time
		want    int64
	}{
		{"192.0.2.1", noon, 1},
		{"192.0.2.1", noon.Add(59 * time.Second), 2},
		{"192.0.2.2", noon, 1},
		{"192.0.2.1", noon.Add(time.Minute), 1},
	}
	for _, tt := range tests {
		if got, err := failures.Count(t.Context(), tt.network, tt.at); err != nil || got != tt.want {
			t.Errorf("Count(%s, %s) = %d, %v; want %d", tt.network, tt.at, got, err, tt.want)
		}
	}
}
