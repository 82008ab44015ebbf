package chariot

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// The files of the state directory, and the format that this version writes.
const (
	machineName = "machine.json"
	licenseName = "license.json"
	trustName   = "trust.json"
	rootsName   = "roots.json"

	formatNow = 1
)

// rootsFile is roots.json.
type rootsFile struct {
	Format   int                   `json:"format"`
	Server   string                `json:"server,omitzero"`
	RootKeys []certificate.RootKey `json:"rootKeys"`
}

// trustFile is trust.json.
type trustFile struct {
	Format      int    `json:"format"`
	Version     int64  `json:"version"`
	TrustBundle string `json:"trustBundle"`
}

// licenseFile is license.json: all that changes in the life of a license, so
// that it changes in one write.
//
// Invariants:
//   - LicenseKey, Activation, License and Certificate are there together, or none
//   - Sequence is that of the last intent, or what the server said to count on from
//   - Pending is on disk before its request goes out, and until it is answered
type licenseFile struct {
	Format      int         `json:"format"`
	LicenseKey  storedKey   `json:"licenseKey,omitzero"`
	Activation  *activation `json:"activation,omitzero"`
	License     *View       `json:"license,omitzero"`
	Certificate string      `json:"certificate,omitzero"`
	// KeyUnknown: the server no longer knows LicenseKey. Support has replaced
	// it, and another key may take over.
	KeyUnknown bool     `json:"keyUnknown,omitzero"`
	Sequence   int64    `json:"lastSequence"`
	Pending    *intent  `json:"pending,omitzero"`
	Last       *Contact `json:"lastContact,omitzero"`
	// Licenses holds, by the hash of a license key, the license that its first
	// verified certificate named: no other may come under the same key.
	Licenses map[string]license.ID `json:"licenses,omitzero"`
}

// activation is what the license server said of our activation.
type activation struct {
	ID          license.ActivationID `json:"id"`
	Fingerprint license.Fingerprint  `json:"fingerprint"`
	ActivatedAt time.Time            `json:"activatedAt"`
}

// An intent is one wish of a person: all repetitions of its request are alike.
type intent struct {
	Kind       string    `json:"kind"`
	Sequence   int64     `json:"sequence"`
	LicenseKey storedKey `json:"licenseKey"`
	// NewFingerprint is where a reactivation moves the seat to.
	NewFingerprint license.Fingerprint `json:"newFingerprint,omitzero"`
}

// The kinds of intents, as Status and Contact name them too.
const (
	activating   = "activate"
	reactivating = "reactivate"
	deactivating = "deactivate"
)

// is reports whether there is an intent of a kind.
func (i *intent) is(kind string) bool { return i != nil && i.Kind == kind }

// fits reports whether an intent can wait: what needs a seat, only beside a
// certificate.
func (i *intent) fits(certified bool) bool {
	if i.LicenseKey == (storedKey{}) {
		return false
	}
	return i.is(activating) || certified && (i.is(deactivating) || i.is(reactivating))
}

// A storedKey is a license key as license.json keeps it: the one place where it
// is written out. It prints as little as a license.Key does.
type storedKey struct{ license.Key }

// MarshalJSON writes the key out.
func (k storedKey) MarshalJSON() ([]byte, error) { return json.Marshal(k.Reveal()) }

// UnmarshalJSON accepts only what MarshalJSON wrote.
func (k *storedKey) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	key, err := license.ParseKey(text)
	if err != nil || key.Reveal() != text {
		return errors.New("not a license key")
	}
	k.Key = key
	return nil
}

// licenseState reads license.json; a machine without one is not activated.
func (m *Machine) licenseState() (licenseFile, error) {
	s := licenseFile{Format: formatNow}
	err := m.disk.read(licenseName, &s)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	whole := s.Certificate != ""
	if (s.Activation != nil) != whole || (s.License != nil) != whole || (s.LicenseKey != storedKey{}) != whole {
		return s, m.disk.damaged(licenseName, nil)
	}
	if s.Pending != nil && !s.Pending.fits(whole) {
		return s, m.disk.damaged(licenseName, nil)
	}
	return s, nil
}

// trustState reads trust.json; without one the version is 0.
func (m *Machine) trustState() (trustFile, error) {
	var file trustFile
	err := m.disk.read(trustName, &file)
	if errors.Is(err, fs.ErrNotExist) {
		return trustFile{}, nil
	}
	return file, err
}

// pin is the license that was seen first under a key; empty if none was.
func (s *licenseFile) pin(key license.Key) license.ID { return s.Licenses[keyName(key)] }

func keyName(key license.Key) string {
	hash := key.Hash()
	return hex.EncodeToString(hash[:])
}

// forget drops what is gone with the seat. The sequence and the pins stay.
func (s *licenseFile) forget() {
	s.LicenseKey, s.Activation, s.License, s.Certificate = storedKey{}, nil, nil, ""
	s.KeyUnknown, s.Pending = false, nil
}

// nextSequence is that of a new intent: above the last, and near the time, so
// that a machine which lost its state does not start below what the server has.
func nextSequence(last int64, now time.Time) int64 { return max(last+1, now.UnixMilli()) }
