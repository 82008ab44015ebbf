package chariot

import (
	"errors"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A View is the license as the server last showed it. It is not signed: what a
// machine may rely on is in its certificate.
type View struct {
	ID         license.ID         `json:"id"`
	State      license.State      `json:"state"`
	Deployment license.Deployment `json:"deployment"`
	Seats      Seats              `json:"seats"`
	Features   []license.Feature  `json:"features"`
	// Expires is when the license ends; nil: never.
	Expires  *time.Time `json:"expires"`
	Revision int64      `json:"revision"`
}

// Seats are those of a license.
type Seats struct {
	Max  int `json:"max"`
	Used int `json:"used"`
}

// A Contact is the last answer of the license server.
type Contact struct {
	At time.Time `json:"at"`
	// Intent is what was asked for: activate, reactivate or deactivate.
	Intent string `json:"intent"`
	// Problem is what the server refused with; nil: it did as asked.
	Problem *Problem `json:"problem,omitzero"`
}

// A Status is what a machine is licensed for, by what it has on disk.
type Status struct {
	// Licensed says that there is a certificate, and that it verifies. What its
	// times mean now, Verdict says.
	Licensed bool `json:"licensed"`
	// Trouble is a sentence that says why a certificate which is there does not
	// verify; empty if it does, or if there is none.
	Trouble string `json:"trouble,omitzero"`
	// Verdict is what the server does now: what Judge says of the certificate, and
	// Stop, with Trouble, where one does not verify.
	Verdict     Verdict             `json:"verdict"`
	Fingerprint license.Fingerprint `json:"fingerprint"`

	// What follows up to ContactBy is in the certificate, and zero without one
	// that verifies.
	LicenseID    license.ID           `json:"licenseId,omitzero"`
	ActivationID license.ActivationID `json:"activationId,omitzero"`
	Deployment   license.Deployment   `json:"deployment,omitzero"`
	Features     []license.Feature    `json:"features,omitzero"`
	Revision     int64                `json:"revision,omitzero"`
	IssuedAt     time.Time            `json:"issuedAt,omitzero"`
	Expires      time.Time            `json:"expires,omitzero"`
	Enforce      license.Enforcement  `json:"enforce,omitzero"`
	GraceUntil   time.Time            `json:"graceUntil,omitzero"`
	ContactBy    time.Time            `json:"contactBy,omitzero"`

	// ActivatedAt is when the seat was taken; License is the license as the
	// server last showed it. Neither is signed.
	ActivatedAt time.Time `json:"activatedAt,omitzero"`
	License     *View     `json:"license,omitzero"`
	// Pending is the intent that waits for its answer: activate or deactivate.
	Pending     string   `json:"pending,omitzero"`
	LastContact *Contact `json:"lastContact,omitzero"`
}

// Status says what the machine is licensed for. It reads the disk alone, and
// verifies the certificate anew; it neither needs nor asks a server. It fails
// with *StateError.
func (m *Machine) Status() (*Status, error) {
	// The license first: the trust bundle that it needs was written before it.
	state, err := m.licenseState()
	if err != nil {
		return nil, err
	}
	return m.statusOf(&state)
}

func (m *Machine) statusOf(state *licenseFile) (*Status, error) {
	bundle, err := m.bundle()
	if err != nil {
		return nil, err
	}
	s := &Status{Fingerprint: m.fingerprint, License: state.License, LastContact: state.Last}
	if state.Pending != nil {
		s.Pending = state.Pending.Kind
	}
	if state.Certificate == "" {
		s.Verdict = Judge(nil, m.settings.Now())
		return s, nil
	}
	s.ActivatedAt = state.Activation.ActivatedAt
	found, err := certificate.Verify(state.Certificate, bundle, certificate.Expected{
		Kind: certificate.Activation, License: state.pin(state.LicenseKey.Key), Machine: m.fingerprint,
	})
	if err != nil {
		s.Trouble = trouble(bundle, err)
		if m.changed(state) {
			s.Trouble = ErrMachineChanged.Error()
		}
		s.Verdict = Verdict{Action: Stop, Sentence: s.Trouble}
		return s, nil
	}
	s.show(found)
	s.Verdict = Judge(found, m.settings.Now())
	return s, nil
}

// show fills in what a verified certificate says.
func (s *Status) show(c *certificate.Certificate) {
	s.Licensed = true
	s.LicenseID, s.ActivationID, s.Deployment = c.LicenseID, c.ActivationID, c.Deployment
	s.Features, s.Revision, s.IssuedAt = c.Features, c.Revision, c.IssuedAt
	s.Expires, s.Enforce, s.GraceUntil, s.ContactBy = c.Expires, c.Enforce, c.GraceUntil, c.ContactBy
}

// trouble says what to do about a stored certificate that does not verify.
func trouble(bundle *certificate.Bundle, err error) string {
	switch {
	case bundle == nil:
		return "There is no trust bundle that the root keys signed, so the certificate cannot be verified. Check the root keys, then reactivate."
	case errors.Is(err, certificate.ErrUnknownKey):
		return "The key that signed the certificate is no longer trusted. Reactivate to get a new one."
	case errors.Is(err, certificate.ErrMachine):
		return "The certificate is for another machine. Activate a license on this one."
	}
	return "The certificate does not verify: " + err.Error() + ". Reactivate to get a new one."
}
