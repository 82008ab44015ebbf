// Package certificate is what Chariot verifies by itself: the certificate of an
// activation, and the trust bundle that says whose signatures count. FORMAT.md
// beside it specifies every byte; testdata/vectors.json has examples of all of
// it, wrong ones included, that verifiers in every language run.
//
// Both are JWS in compact form, signed with ES256. The package makes the bytes
// that are to be signed and verifies signatures; it holds no private key, reads
// no clock and does no I/O. What a certificate's times mean for a running
// machine is its caller's affair.
package certificate

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Kind is what a signed text is for, the typ of its header. A text of one kind
// never passes for one of another.
type Kind string

const (
	// Activation is the certificate of one machine's activation.
	Activation Kind = "chariot-certificate+jwt"
	// Floating is the entitlement of a self-hosted floating server. It has the
	// members of a Certificate, the server being the machine, and more to come.
	Floating Kind = "chariot-floating+jwt"
	// Trust is the trust bundle.
	Trust Kind = "chariot-trust+jwt"
)

// A Certificate is the signed proof that a machine holds a seat: all that its
// owner may rely on while nobody can be asked.
//
// Invariants:
//   - times are UTC in whole seconds, from 1970 to 9999; a zero optional time is none
//   - texts are printable ASCII without quote marks, backslashes, <, > and &
type Certificate struct {
	LicenseID    license.ID           `json:"licenseId"`
	ActivationID license.ActivationID `json:"activationId"`
	Fingerprint  license.Fingerprint  `json:"fingerprint"`
	Deployment   license.Deployment   `json:"deployment"`
	Features     []license.Feature    `json:"features"`
	// Revision counts the changes of the license: of two certificates of one
	// activation, the higher is the newer.
	Revision int64     `json:"revision"`
	IssuedAt time.Time `json:"issuedAt"`
	// Expires is the end of the license or lease, exclusive; zero means never.
	Expires time.Time `json:"expires,omitzero"`
	// Nonce and Sequence answer an offline request; both are absent online.
	Nonce    string `json:"nonce,omitzero"`
	Sequence int64  `json:"sequence,omitzero"`
	// Enforce is what happens once the time has run out. Zero is written as
	// license.Warn, and a word that this version does not know is read as it: an
	// older Chariot must not stop a plant over a word it has never heard.
	Enforce license.Enforcement `json:"enforce"`
	// GraceUntil is when the grace after Expires is over; zero means no grace.
	GraceUntil time.Time `json:"graceUntil,omitzero"`
	// ContactBy is when the machine must have called again; zero means never.
	ContactBy time.Time `json:"contactBy,omitzero"`
}

// Payload is the one way to write c: compact JSON, members in the order of the
// fields above, absent ones left out. Times lose their fractions of a second.
func (c Certificate) Payload() []byte {
	c.Features = append([]license.Feature{}, c.Features...)
	for i := range c.Features {
		c.Features[i].Until = stamp(c.Features[i].Until)
	}
	if c.Enforce == "" {
		c.Enforce = license.Warn
	}
	c.IssuedAt, c.Expires = stamp(c.IssuedAt), stamp(c.Expires)
	c.GraceUntil, c.ContactBy = stamp(c.GraceUntil), stamp(c.ContactBy)
	return encode(c)
}

// Parse reads a payload that is known to be ours: one that Verify accepted, or
// one from our own store. It refuses with ErrPayload. Unknown members are
// ignored, so that certificates may say more in later versions.
func Parse(payload []byte) (*Certificate, error) {
	r, err := parsePayload(payload)
	if err != nil {
		return nil, err
	}
	c := &Certificate{
		LicenseID:    license.ID(r.text("licenseId")),
		ActivationID: license.ActivationID(r.text("activationId")),
		Fingerprint:  license.Fingerprint(r.text("fingerprint")),
		Deployment:   license.Deployment(r.text("deployment")),
		Features:     parseFeatures(r),
		Revision:     r.number("revision"),
		IssuedAt:     r.time("issuedAt"),
		Expires:      r.optionalTime("expires"),
		Nonce:        r.optionalText("nonce"),
		Sequence:     r.optionalNumber("sequence"),
		Enforce:      enforcement(r.optionalText("enforce")),
		GraceUntil:   r.optionalTime("graceUntil"),
		ContactBy:    r.optionalTime("contactBy"),
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return c, nil
}

func parseFeatures(r *reader) []license.Feature {
	features := []license.Feature{}
	for _, f := range r.objects("features") {
		features = append(features, license.Feature{
			Name: f.text("name"), Until: f.optionalTime("until"), Metered: f.optionalFlag("metered"),
		})
	}
	return features
}

// enforcement reads the word for the end of a certificate, mildly.
func enforcement(word string) license.Enforcement {
	known := []license.Enforcement{license.Degrade, license.Stop}
	if e := license.Enforcement(word); slices.Contains(known, e) {
		return e
	}
	return license.Warn
}

// lastStamp is the last second that four digits of a year can write. A date
// that far away means never; a grace added to it must not break the signature.
var lastStamp = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// stamp returns t as it is written: UTC, whole seconds. Zero stays zero.
func stamp(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Second)
	if t.After(lastStamp) {
		return lastStamp
	}
	return t
}

// encode writes one of this package's own structs, whose fields all have a JSON
// form.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("certificate: %v", err))
	}
	return text
}
