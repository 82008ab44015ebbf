package api

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

const (
	activatePath   = "POST /v1/activations"
	reactivatePath = "POST /v1/activations/{activationId}/reactivate"
	deactivatePath = "POST /v1/activations/{activationId}/deactivate"
	issuePath      = "POST /v1/support/licenses"
	showPath       = "GET /v1/support/licenses/{licenseId}"
	changePath     = "PATCH /v1/support/licenses/{licenseId}"
	restorePath    = "POST /v1/support/licenses/{licenseId}/restorations"
	replacePath    = "POST /v1/support/licenses/{licenseId}/keys"
	searchPath     = "POST /v1/support/searches"
)

// goodBodies has a request that each route takes.
func goodBodies() map[string]string {
	machine := fmt.Sprintf(`{"licenseKey":%q,"fingerprint":%q}`, exampleKey().Reveal(), machineA)
	return map[string]string{
		activatePath: machine, reactivatePath: machine, deactivatePath: machine,
		"GET /v1/keys": "", "GET /v1/openapi.json": "", "GET /v1/health": "", showPath: "",
		issuePath:   `{"deployment":"online","seats":1,"features":[{"name":"mqtt-server"}],"contactEmail":"plant@example.com"}`,
		changePath:  `{"seats":3,"expires":null,"reason":"asked"}`,
		restorePath: fmt.Sprintf(`{"activationId":%q,"fingerprint":%q,"reason":"gone"}`, newDesk().licensed.Activation.ID, machineA),
		replacePath: `{"reason":"posted in a forum","send":false}`,
		searchPath:  `{"query":"plant@example.com"}`,
	}
}

func TestGoodRepliesAreAsDescribed(t *testing.T) {
	d := describe(t).closed()
	for route, body := range goodBodies() {
		for _, full := range []bool{true, false} {
			t.Run(fmt.Sprint(route, full), func(t *testing.T) {
				desk := newDesk()
				if !full { // the least that there is to say
					desk.licensed.New, desk.licensed.License.Features, desk.licensed.License.Expires = false, nil, time.Time{}
					desk.record.About.Reference, desk.record.About.Note, desk.record.License.Terms = "", "", license.Terms{}
				}
				_, got := desk.ask(route, body)
				if got.StatusCode > 299 {
					t.Errorf("%d %s", got.StatusCode, got.Body)
				}
				d.checkReply(t, route, got)
			})
		}
	}
}

// Every error of the rules, at every route that can come to it, and trouble at all.
func TestTroubleIsAsDescribed(t *testing.T) {
	d := describe(t).closed()
	trouble := []error{license.ErrStale, license.ErrUnknown, license.ErrUnavailable, errors.New("anything")}
	refusals := []error{
		license.ErrNotFound, license.ErrRevoked, license.ErrSuspended, &license.ExpiredError{At: noon},
		&license.DeploymentError{Deployment: license.Offline}, &license.ReleasedError{Sequence: 5}, &license.SupersededError{Sequence: 5},
	}
	errs := map[string][]error{
		activatePath:   append(refusals[:len(refusals):len(refusals)], &license.SeatsTakenError{Seats: 5}),
		reactivatePath: append(refusals[:len(refusals):len(refusals)], license.ErrOfflineActivation, license.ErrActivationNotFound),
		deactivatePath: {license.ErrNotFound, license.ErrActivationNotFound, &license.SupersededError{Sequence: 5}},
	}
	for route, body := range goodBodies() {
		for _, err := range append(trouble[:len(trouble):len(trouble)], errs[route]...) {
			t.Run(fmt.Sprint(route, err), func(t *testing.T) {
				desk := newDesk()
				desk.err = err
				_, got := desk.ask(route, body)
				if got.StatusCode < 400 && route != "GET /v1/openapi.json" {
					t.Errorf("%d", got.StatusCode)
				}
				d.checkReply(t, route, got)
			})
		}
	}
}

// refused are requests that the routes refuse.
var refused = []struct {
	name, route, body string
	spoil             func(*desk, *Request)
	status            int
	code              string
}{
	{"no content type", activatePath, "{}", func(_ *desk, r *Request) { delete(r.Headers, "content-type") }, 415, "unsupported-media-type"},
	{"too many unknown keys", activatePath, goodBodies()[activatePath], func(d *desk, _ *Request) { d.err, d.failed = license.ErrNotFound, 61 }, 429, "rate-limited"},
	{"17 KB", activatePath, `{"a":"` + strings.Repeat("x", 17<<10) + `"}`, nil, 413, "payload-too-large"},
	{"no JSON", reactivatePath, "{", nil, 400, "malformed-request"},
	{"no key", deactivatePath, "{}", nil, 400, "malformed-request"},
	{"no fingerprint", activatePath, `{"licenseKey":"x"}`, nil, 400, "malformed-fingerprint"},
	{"a negative sequence", activatePath, fmt.Sprintf(`{"licenseKey":"x","fingerprint":%q,"sequence":-1}`, machineA), nil, 400, "malformed-request"},
	{"nobody", searchPath, "{}", func(_ *desk, r *Request) { r.RequestContext.Authorizer = nil }, 401, "unauthorized"},
	{"no Idempotency-Key", issuePath, "{}", func(_ *desk, r *Request) { delete(r.Headers, "idempotency-key") }, 400, "malformed-request"},
	{"an unknown member", issuePath, `{"seat":1}`, nil, 400, "malformed-request"},
	{"no ID", showPath, "", func(_ *desk, r *Request) { r.PathParameters["licenseId"] = "x" }, 404, "license-not-found"},
	{"nothing to change", changePath, `{"reason":"x"}`, nil, 400, "malformed-request"},
	{"revoked", changePath, goodBodies()[changePath], func(d *desk, _ *Request) { d.record.License.State = license.Revoked }, 403, "license-revoked"},
	{"a stale revision", changePath, `{"seats":3,"revision":1,"reason":"x"}`, nil, 409, "request-superseded"},
	{"a call of another request", changePath, goodBodies()[changePath], func(d *desk, _ *Request) { d.call = &support.Call{Body: sha256.Sum256(nil)} }, 409, "request-superseded"},
	{"an issue of another request", issuePath, goodBodies()[issuePath], func(d *desk, _ *Request) { d.call = &support.Call{} }, 409, "request-superseded"},
	{"another request's restoration", restorePath, goodBodies()[restorePath], func(d *desk, _ *Request) { d.call = &support.Call{} }, 409, "request-superseded"},
	{"no such activation", restorePath, goodBodies()[restorePath], func(d *desk, _ *Request) { d.held = nil }, 404, "activation-not-found"},
	{"no fingerprint to restore", restorePath, `{"activationId":"x","reason":"x"}`, nil, 400, "malformed-fingerprint"},
	{"no reason to replace a key", replacePath, `{}`, nil, 400, "malformed-request"},
	{"a key of no license", replacePath, goodBodies()[replacePath], func(_ *desk, r *Request) { r.PathParameters["licenseId"] = "x" }, 404, "license-not-found"},
	{"a key of a revoked license", replacePath, goodBodies()[replacePath], func(d *desk, _ *Request) { d.record.License.State = license.Revoked }, 403, "license-revoked"},
	{"another request's key", replacePath, goodBodies()[replacePath], func(d *desk, _ *Request) { d.call = &support.Call{} }, 409, "request-superseded"},
	{"a blank query", searchPath, `{"query":" "}`, nil, 400, "malformed-request"},
}

func TestRefusalsAreAsDescribed(t *testing.T) {
	d := describe(t).closed()
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			desk := newDesk()
			request, got := desk.ask(tt.route, tt.body)
			if tt.spoil != nil {
				tt.spoil(desk, request)
				got = desk.serve(request)
			}
			if got.StatusCode != tt.status || !strings.Contains(got.Body, `"`+problemType+tt.code+`"`) {
				t.Errorf("%d %s, want %d %s", got.StatusCode, got.Body, tt.status, tt.code)
			}
			d.checkReply(t, tt.route, got)
		})
	}
}
