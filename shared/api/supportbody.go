package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

type issuedBody struct {
	License     recordBody `json:"license"`
	LicenseKey  string     `json:"licenseKey"`
	LicenseFile string     `json:"licenseFile"`
}

func issuedReply(issued *support.Issued) *Reply {
	return &Reply{http.StatusCreated, issuedBody{
		License: recordOf(&issued.Record), LicenseKey: issued.Key.Reveal(), LicenseFile: issued.File,
	}}
}

type recordBody struct {
	licenseBody  `json:",inline"`
	CreatedAt    time.Time `json:"createdAt"`
	ContactEmail string    `json:"contactEmail"`
	Reference    string    `json:"reference,omitzero"`
	Note         string    `json:"note,omitzero"`
	Enforce      string    `json:"enforce"`
	GraceDays    int       `json:"graceDays,omitzero"`
	ContactDays  int       `json:"contactDays,omitzero"`
}

type restoredBody struct {
	License    licenseBody `json:"license"`
	Activation holdingBody `json:"activation"`
}

type foundBody struct {
	Licenses []recordBody `json:"licenses"`
	Cursor   string       `json:"cursor,omitzero"`
}

type viewBody struct {
	License           recordBody    `json:"license"`
	Activations       []holdingBody `json:"activations"`
	ActivationsCursor string        `json:"activationsCursor,omitzero"`
	Events            []eventBody   `json:"events"`
	EventsCursor      string        `json:"eventsCursor,omitzero"`
}

// holdingBody is an activation as support sees it, given back ones included.
type holdingBody struct {
	ID             license.ActivationID `json:"id"`
	Fingerprint    license.Fingerprint  `json:"fingerprint"`
	State          string               `json:"state"`
	Hostname       string               `json:"hostname,omitzero"`
	ChariotVersion string               `json:"chariotVersion,omitzero"`
	ActivatedAt    time.Time            `json:"activatedAt"`
	ClosedAt       time.Time            `json:"closedAt,omitzero"`
	MovedTo        license.Fingerprint  `json:"movedTo,omitzero"`
	Sequence       int64                `json:"sequence"`
}

type eventBody struct {
	ID           license.ULID         `json:"id"`
	At           time.Time            `json:"at"`
	Kind         license.EventKind    `json:"kind"`
	Actor        string               `json:"actor"`
	ActivationID license.ActivationID `json:"activationId,omitzero"`
	Fingerprint  license.Fingerprint  `json:"fingerprint,omitzero"`
	Hostname     string               `json:"hostname,omitzero"`
	Reason       string               `json:"reason,omitzero"`
	Changes      []string             `json:"changes,omitempty"`
}

func recordOf(r *support.Record) recordBody {
	enforce := r.License.Terms.Enforce
	if enforce == "" {
		enforce = license.Warn
	}
	return recordBody{
		licenseBody: licenseOf(&r.License), CreatedAt: r.License.CreatedAt,
		ContactEmail: r.About.ContactEmail, Reference: r.About.Reference, Note: r.About.Note,
		Enforce: string(enforce), GraceDays: r.License.Terms.GraceDays, ContactDays: r.License.Terms.ContactDays,
	}
}

func activationOf(a *license.Activation) holdingBody {
	return holdingBody{
		ID: a.ID, Fingerprint: a.Fingerprint, State: strings.ToLower(string(a.State)),
		Hostname: a.Machine.Hostname, ChariotVersion: a.Machine.Version,
		ActivatedAt: a.ActivatedAt, ClosedAt: a.ClosedAt, MovedTo: a.Moved.To, Sequence: a.Sequence,
	}
}

func viewOf(v *support.View) viewBody {
	body := viewBody{
		License:           recordOf(&v.Record),
		Activations:       make([]holdingBody, len(v.Activations)),
		ActivationsCursor: v.NextActivations,
		Events:            make([]eventBody, len(v.Events)),
		EventsCursor:      v.NextEvents,
	}
	for i := range v.Activations {
		body.Activations[i] = activationOf(&v.Activations[i])
	}
	for i, e := range v.Events {
		body.Events[i] = eventBody{
			ID: e.ID, At: e.At, Kind: e.Kind, Actor: e.Actor, ActivationID: e.Activation,
			Fingerprint: e.Machine, Hostname: e.Hostname, Reason: e.Reason, Changes: e.Changes,
		}
	}
	return body
}
