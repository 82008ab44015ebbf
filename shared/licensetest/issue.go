package licensetest

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/catalog"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// Noon is a time for tests, in whole seconds.
func Noon() time.Time { return time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC) }

// Fingerprint makes a machine's fingerprint from a digit or a small letter up to f.
func Fingerprint(c byte) license.Fingerprint {
	fingerprint := make([]byte, 64)
	for i := range fingerprint {
		fingerprint[i] = c
	}
	return license.Fingerprint(fingerprint)
}

// RandomFingerprint makes one that no other test has.
func RandomFingerprint() license.Fingerprint {
	const digits = "0123456789abcdef"
	fingerprint := make([]byte, 64)
	rand.Read(fingerprint)
	for i := range fingerprint {
		fingerprint[i] = digits[fingerprint[i]%16]
	}
	return license.Fingerprint(fingerprint)
}

// ULID makes one of Noon.
func ULID() license.ULID {
	var random [10]byte
	rand.Read(random[:])
	return license.NewULID(Noon(), random)
}

// NewLicense makes an online license of some seats with feature mqtt-server, as
// support issues it, and its key; with changes it.
func NewLicense(seats int, with ...func(*license.License)) (license.License, license.Key) {
	var random [16]byte
	rand.Read(random[:])
	key := license.NewKey(random)
	l := license.License{
		ID: key.ID(), Deployment: license.Online, State: license.Active, Seats: seats, Revision: 1,
		Features: []license.Feature{{Name: catalog.MQTTServer}}, CreatedAt: Noon(),
		KeyHash: key.Hash(), OfflineKey: key.OfflineKey(),
	}
	for _, change := range with {
		change(&l)
	}
	return l, key
}

// Issue puts a new license into the store, with what an issue by support writes.
func Issue(t testing.TB, store support.Writer, seats int, with ...func(*license.License)) (license.License, license.Key) {
	t.Helper()
	l, key := NewLicense(seats, with...)
	err := store.Write(t.Context(), support.Change{
		Call:   support.Call{Key: rand.Text(), Actor: "test", License: l.ID},
		After:  support.Record{License: l, About: support.About{ContactEmail: "plant@example.com"}},
		Secret: []byte("sealed"),
		Grant:  &license.Grant{ID: string(ULID()), At: Noon(), Revision: 1, Add: l.Features},
		Event:  license.Event{ID: ULID(), At: Noon(), Kind: license.Issued, Actor: "support:test"},
	})
	if err != nil {
		t.Fatalf("issuing a license: %v", err)
	}
	return l, key
}

// Publish publishes a trust bundle in which signer's key signs now.
func Publish(t testing.TB, store *dynamo.Licenses, version int64, signer *Signer) {
	t.Helper()
	err := store.Publish(t.Context(), dynamo.Publication{
		Bundle: signer.Bundle(t, version, signer.Trusted()), Version: version,
		Trust: activation.Trust{SigningKey: signer.SigningKey(), KeyID: signer.KeyID(), Trusted: []string{signer.KeyID()}},
	})
	if err != nil {
		t.Fatalf("publishing the trust bundle: %v", err)
	}
}
