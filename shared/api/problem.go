package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// problemType begins the type of every problem; its code follows.
const problemType = "urn:chariot:problem:"

// A Problem is an error as the caller sees it: RFC 9457.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail is a sentence for a person, with what to do.
	Detail    string `json:"detail"`
	RequestID string `json:"requestId,omitzero"`
	// Pointer is the JSON pointer to what is malformed.
	Pointer string `json:"pointer,omitzero"`
	// Seats is how many the license has, where all are taken.
	Seats int `json:"seats,omitzero"`
	// Sequence is what the machine counts on from, where it was superseded.
	Sequence int64 `json:"sequence,omitzero"`
	// Revision is the license's, where support had an older one in view.
	Revision int64 `json:"revision,omitzero"`

	retryAfter time.Duration
	allow      string
}

func (p *Problem) code() string { return strings.TrimPrefix(p.Type, problemType) }

func problem(status int, code, detail string, args ...any) *Problem {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Problem{Type: problemType + code, Title: http.StatusText(status), Status: status, Detail: detail}
}

// A FieldError is a request that is not of its route's form.
type FieldError struct {
	// Pointer is the JSON pointer to the field; empty for the whole body, or for
	// what is no part of it.
	Pointer string
	// Detail says what to do, and never repeats the value.
	Detail string
}

func (e *FieldError) Error() string { return "malformed request at " + e.Pointer }

// A rateError tells a network that failed too often when to come again.
type rateError struct{ after time.Duration }

func (e *rateError) Error() string { return "too many failed look-ups" }

// A methodError is a path asked with a method that it does not have.
type methodError struct{ allow string }

func (e *methodError) Error() string { return "method not allowed" }

// problemFor is the only place where an error becomes a status. An error that it
// does not know is our fault: the customer learns nothing, the log everything.
func problemFor(err error) *Problem {
	if p := refusal(err); p != nil {
		return p
	}
	if p := malformed(err); p != nil {
		return p
	}
	if errors.Is(err, license.ErrUnavailable) || errors.Is(err, license.ErrUnknown) || errors.Is(err, license.ErrStale) {
		p := problem(http.StatusServiceUnavailable, "unavailable", "Busy, or out of order for a moment. Nothing is lost: send the same request again.")
		p.retryAfter = time.Second
		return p
	}
	return problem(http.StatusInternalServerError, "internal", "Our fault. Try again later; if it stays, give support the request ID.")
}

// refusal is what the rules of licensing refuse, in the order of the checks.
func refusal(err error) *Problem {
	var expired *license.ExpiredError
	var deployment *license.DeploymentError
	switch {
	case errors.Is(err, license.ErrNotFound):
		return problem(http.StatusNotFound, "license-not-found", "No such license. Compare the license key with the license file, or paste the whole file.")
	case errors.Is(err, license.ErrRevoked):
		return problem(http.StatusForbidden, "license-revoked", "This license was revoked, for good. Contact Cirrus Link Support.")
	case errors.Is(err, license.ErrSuspended):
		return problem(http.StatusForbidden, "license-suspended", "This license is suspended. Contact Cirrus Link Support to have it reinstated.")
	case errors.As(err, &expired):
		return problem(http.StatusForbidden, "license-expired", "This license ended at %s. Renew it, then try again.", expired.At.Format(time.RFC3339))
	case errors.As(err, &deployment):
		return problem(http.StatusConflict, "wrong-deployment", "This is a license for %s activation. Choose that way on the License page, or ask Cirrus Link Support for another license.", deployment.Deployment)
	case errors.Is(err, license.ErrOfflineActivation):
		return problem(http.StatusConflict, "offline-activation", "This license is activated offline. Generate a new activation request on the machine: its activation code brings the updates.")
	case errors.Is(err, license.ErrActivationNotFound):
		return problem(http.StatusNotFound, "activation-not-found", "This machine has no such activation. Activate the license on it.")
	}
	return contended(err)
}

// contended is what other requests were faster for.
func contended(err error) *Problem {
	var released *license.ReleasedError
	var superseded *license.SupersededError
	var revision *license.RevisionError
	var taken *license.SeatsTakenError
	switch {
	case errors.As(err, &released):
		p := problem(http.StatusConflict, "activation-released", "The seat of this machine was given back by support. Activate it again by hand if it still needs one.")
		p.Sequence = released.Sequence
		return p
	case errors.As(err, &superseded):
		p := problem(http.StatusConflict, "request-superseded", "A newer request of this machine was seen, or its clock runs ahead. Activate again if it still needs a seat.")
		p.Sequence = superseded.Sequence
		return p
	case errors.As(err, &revision):
		p := problem(http.StatusConflict, "request-superseded", "The license has changed since you read it: it is at revision %d now. Look at it again, then change it.", revision.Revision)
		p.Revision = revision.Revision
		return p
	case errors.Is(err, support.ErrCallReused):
		return problem(http.StatusConflict, "request-superseded", "This Idempotency-Key belongs to another request. Choose a new one for a new request.")
	case errors.As(err, &taken):
		p := problem(http.StatusConflict, "seats-taken", "All seats of this license (%d) are taken. Deactivate a machine that no longer needs one, or ask support to restore the seat of one that is gone.", taken.Seats)
		p.Seats = taken.Seats
		return p
	}
	return nil
}

// malformed is what never reached the rules.
func malformed(err error) *Problem {
	if errors.Is(err, support.ErrTooManyFeatures) {
		err = &FieldError{Pointer: "/addFeatures", Detail: fmt.Sprintf("A license may have up to %d features.", support.MaxFeatures)}
	}
	var field *FieldError
	var rate *rateError
	var method *methodError
	switch {
	case errors.As(err, &field):
		detail := field.Detail
		if field.Pointer != "" {
			detail = strings.TrimPrefix(field.Pointer, "/") + ": " + detail
		}
		p := problem(http.StatusBadRequest, "malformed-request", "%s", detail)
		p.Pointer = field.Pointer
		return p
	case errors.Is(err, license.ErrMalformedFingerprint):
		return problem(http.StatusBadRequest, "malformed-fingerprint", "A fingerprint is 64 lower-case hexadecimal digits.")
	case errors.Is(err, errUnauthorized):
		return problem(http.StatusUnauthorized, "unauthorized", "Sign in as support first.")
	case errors.Is(err, errTooLarge):
		return problem(http.StatusRequestEntityTooLarge, "payload-too-large", "The body may have up to 16 KB.")
	case errors.Is(err, errMediaType):
		return problem(http.StatusUnsupportedMediaType, "unsupported-media-type", "Send JSON, with the header Content-Type: application/json.")
	case errors.Is(err, errRouteNotFound):
		return problem(http.StatusNotFound, "route-not-found", "There is nothing at this path. GET /v1/openapi.json describes what there is.")
	case errors.As(err, &method):
		p := problem(http.StatusMethodNotAllowed, "method-not-allowed", "This path answers %s.", method.allow)
		p.allow = method.allow
		return p
	case errors.As(err, &rate):
		p := problem(http.StatusTooManyRequests, "rate-limited", "Too many unknown license keys came from your network. Compare the key with the license file, and try again in a minute.")
		p.retryAfter = rate.after
		return p
	}
	return nil
}
