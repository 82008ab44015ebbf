package dynamo_test

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// publication is one of version 2 in which key one signs since noon.
func publication() dynamo.Publication {
	noon := licensetest.Noon()
	return dynamo.Publication{
		Bundle: "bundle 2", Version: 2, PublishedAt: noon.Add(-time.Hour), SigningSince: noon,
		Trust: activation.Trust{SigningKey: "arn:one", KeyID: "one", Trusted: []string{"one", "two"}},
		Announced: []dynamo.AnnouncedKey{
			{KeyID: "one", SigningKey: "arn:one", At: noon.AddDate(0, 0, -1)}, {KeyID: "two", At: noon},
		},
	}
}

func TestPublish(t *testing.T) {
	db, table := licensetest.DynamoDB(t)
	store := dynamo.NewLicenses(db, table)
	_, err := store.Publication(t.Context())
	if !errors.Is(err, dynamo.ErrUnpublished) || !errors.Is(err, license.ErrUnavailable) {
		t.Errorf("nothing is published: %v", err)
	}
	steps := []struct {
		name    string
		version int64
		want    error
	}{
		{"the first", 2, nil},
		{"the same version again", 2, license.ErrStale},
		{"a lower version", 1, license.ErrStale},
		{"the next version", 3, nil},
	}
	for _, step := range steps {
		p := publication()
		p.Version = step.version
		if err := store.Publish(t.Context(), p); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
		if stored, err := store.Publication(t.Context()); step.want == nil && (err != nil || !reflect.DeepEqual(*stored, p)) {
			t.Errorf("%s: stored %+v, %v; want %+v", step.name, stored, err, p)
		}
	}
	if bundle, err := store.TrustBundle(t.Context()); err != nil || bundle != "bundle 2" {
		t.Errorf("TrustBundle = %q, %v", bundle, err)
	}
}

// What is stored must be what was decided on, in each part that decisions rest on.
func TestAmend(t *testing.T) {
	old := publication()
	old.SigningSince, old.Announced = time.Time{}, nil // as others than operators publish
	tests := []struct {
		name   string
		stored dynamo.Publication
		before func(*dynamo.Publication)
		want   error
	}{
		{"as it was read", publication(), func(*dynamo.Publication) {}, nil},
		{"without a time", old, func(*dynamo.Publication) {}, nil},
		{"another version", publication(), func(p *dynamo.Publication) { p.Version = 1 }, license.ErrStale},
		{"another key signs", publication(), func(p *dynamo.Publication) { p.Trust.KeyID = "two" }, license.ErrStale},
		{"it signs again", publication(), func(p *dynamo.Publication) { p.SigningSince = p.SigningSince.Add(-time.Second) }, license.ErrStale},
		{"it signs since now", publication(), func(p *dynamo.Publication) { p.SigningSince = time.Time{} }, license.ErrStale},
	}
	db, table := licensetest.DynamoDB(t)
	store := dynamo.NewLicenses(db, table)
	for version, tt := range tests {
		tt.stored.Version = int64(version + 10)
		before, after := tt.stored, tt.stored
		tt.before(&before)
		after.Bundle, after.Version = "bundle 3", after.Version+100
		if err := replaceAll(t, store, tt.stored); err != nil {
			t.Fatal(err)
		}
		if err := store.Amend(t.Context(), before, after); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		want := tt.stored
		if tt.want == nil {
			want = after
		}
		if p, err := store.Publication(t.Context()); err != nil || p.Bundle != want.Bundle {
			t.Errorf("%s: stored %+v, %v", tt.name, p, err)
		}
	}
	if err := store.Amend(t.Context(), dynamo.Publication{}, publication()); !errors.Is(err, license.ErrStale) {
		t.Errorf("over nothing that was read: %v", err)
	}
}

// replaceAll stores a publication in the place of whatever there is.
func replaceAll(t *testing.T, store *dynamo.Licenses, p dynamo.Publication) error {
	t.Helper()
	stored, err := store.Publication(t.Context())
	if errors.Is(err, dynamo.ErrUnpublished) {
		return store.Publish(t.Context(), p)
	}
	if err != nil {
		return err
	}
	return store.Amend(t.Context(), *stored, p)
}

func TestAmendRace(t *testing.T) {
	db, table := licensetest.DynamoDB(t)
	store := dynamo.NewLicenses(db, table)
	before := publication()
	if err := store.Publish(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			after := before
			after.Trust.KeyID = fmt.Sprint("key ", i)
			switch err := store.Amend(t.Context(), before, after); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, license.ErrStale):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 20 operators won, want 1", won.Load())
	}
}

// A write without an answer may have happened; the operator reads again.
func TestAmendLost(t *testing.T) {
	lost := false
	injector := &licensetest.Injector{Plan: func(_ int, operation string) licensetest.Fault {
		if lost && operation == "PutItem" {
			return licensetest.Lost
		}
		return licensetest.None
	}}
	db, table := licensetest.DynamoDB(t, injector.Into, func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
	store := dynamo.NewLicenses(db, table)
	before := publication()
	if err := store.Publish(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	lost = true
	after := before
	after.Bundle = "bundle 3"
	err := store.Amend(t.Context(), before, after)
	if !errors.Is(err, license.ErrUnknown) && !errors.Is(err, license.ErrStale) {
		t.Errorf("Amend = %v; want license.ErrUnknown, or license.ErrStale of a repetition", err)
	}
	if p, err := store.Publication(t.Context()); err != nil || p.Bundle != "bundle 3" {
		t.Errorf("stored %+v, %v", p, err)
	}
}
