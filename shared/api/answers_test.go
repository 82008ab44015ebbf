package api

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

// What a machine reads.
func TestMachinesAreAnswered(t *testing.T) {
	const seat = `{"activation":{"id":"` + seatID + `","fingerprint":"` + machine1 + `","deployment":"online","activatedAt":"2026-11-24T12:00:00Z"},` +
		`"license":{"id":"` + plantID + `","state":"active","deployment":"online","seats":{"max":5,"used":1},` +
		`"features":[{"name":"mqtt-server"},{"name":"mqtt-server-support","until":"2026-11-24T12:00:00Z"},{"name":"iot-bridge-snowflake","metered":true}],` +
		`"expires":null,"revision":3},"certificate":"a.b.c"}`
	freed := seat[strings.Index(seat, `"license"`):strings.Index(seat, `,"certificate"`)]
	freed = strings.NewReplacer(`"used":1`, `"used":0`, `"expires":null`, `"expires":"2026-11-24T12:00:00Z"`).Replace(freed)
	tests := []struct {
		name, route string
		isNew       bool
		status      int
		body        string
	}{
		{"a seat was taken", activateRoute, true, 201, seat},
		{"the seat was held already", activateRoute, false, 200, seat},
		{"reactivated", reactivateRoute, false, 200, seat},
		{"deactivated", deactivateRoute, false, 200, "{" + freed + "}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := newDoor((&plant{isNew: tt.isNew}).routes()...).send(t, tt.route, good(""))
			want := map[string]string{"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
			if got.StatusCode != tt.status || got.Body != tt.body || !reflect.DeepEqual(got.Headers, want) {
				t.Errorf("answered %d %v\n%s\nwant %d\n%s", got.StatusCode, got.Headers, got.Body, tt.status, tt.body)
			}
		})
	}
}

// What is refused before the use case sees it.
func TestMachinesAreRefused(t *testing.T) {
	with := func(key, fingerprint string) string {
		return fmt.Sprintf(`{"licenseKey":%s,"fingerprint":%s}`, key, fingerprint)
	}
	const key, fp = `"` + plantKey + `"`, `"` + machine1 + `"`
	type row struct{ name, route, body, code, pointer string }
	tests := []row{
		{"a move to a blank fingerprint", reactivateRoute, good(`,"newFingerprint":""`), "malformed-fingerprint", ""},
		{"a move to a short fingerprint", reactivateRoute, good(`,"newFingerprint":"abc"`), "malformed-fingerprint", ""},
		{"a host name too long", activateRoute, good(`,"machine":{"hostname":"` + strings.Repeat("h", 254) + `"}`), "malformed-request", "/machine/hostname"},
		{"a host name with a NUL", activateRoute, good(`,"machine":{"hostname":"a\u0000"}`), "malformed-request", "/machine/hostname"},
		{"a host name with a line break", activateRoute, good(`,"machine":{"hostname":"a\nb"}`), "malformed-request", "/machine/hostname"},
		{"a version too long", activateRoute, good(`,"machine":{"chariotVersion":"` + strings.Repeat("3", 65) + `"}`), "malformed-request", "/machine/chariotVersion"},
		{"a version with a delete", activateRoute, good(`,"machine":{"chariotVersion":"\u007f"}`), "malformed-request", "/machine/chariotVersion"},
	}
	for _, route := range []string{activateRoute, reactivateRoute, deactivateRoute} {
		tests = append(tests,
			row{"no key", route, `{"fingerprint":` + fp + `}`, "malformed-request", "/licenseKey"},
			row{"key null", route, with("null", fp), "malformed-request", "/licenseKey"},
			row{"key empty", route, with(`""`, fp), "malformed-request", "/licenseKey"},
			row{"key blank", route, with(`" \r\n\t\u00a0"`, fp), "malformed-request", "/licenseKey"},
			row{"key with a NUL", route, with(`"`+plantKey+`\u0000"`, fp), "malformed-request", "/licenseKey"},
			row{"two keys", route, with(`"`+plantKey+` CHARIOT-000G4-0R40M-30E20-9185G-R38E1-Q"`, fp), "malformed-request", "/licenseKey"},
			row{"no fingerprint", route, `{"licenseKey":` + key + `}`, "malformed-fingerprint", ""},
			row{"fingerprint null", route, with(key, "null"), "malformed-fingerprint", ""},
			row{"fingerprint blank", route, with(key, `"  "`), "malformed-fingerprint", ""},
			row{"fingerprint in capitals", route, with(key, strings.ToUpper(fp)), "malformed-fingerprint", ""},
			row{"the key is told before the fingerprint", route, with(`""`, `""`), "malformed-request", "/licenseKey"},
			row{"sequence negative", route, good(`,"sequence":-1`), "malformed-request", "/sequence"},
			row{"the fingerprint is told before the sequence", route, `{"licenseKey":` + key + `,"sequence":-1}`, "malformed-fingerprint", ""},
		)
	}
	for _, tt := range tests {
		t.Run(tt.route+" "+tt.name, func(t *testing.T) {
			p := &plant{}
			got := newDoor(p.routes()...).send(t, tt.route, tt.body)
			if got.StatusCode != 400 || got.code() != tt.code || got.problem.Pointer != tt.pointer || len(p.asked) != 0 {
				t.Errorf("answered %s; asked %+v", got.Body, p.asked)
			}
		})
	}
}

// An activation ID that is none is no reason to skip the look-up of the key.
func TestActivationIDsInThePath(t *testing.T) {
	for id, want := range map[string]license.ActivationID{
		seatID: seatID, strings.ToLower(seatID): seatID, "": "", "..": "", "act_": "", "\x00": "", seatID + "/x": "", strings.Repeat("act_", 4000): "", plantID: "",
	} {
		p := &plant{err: license.ErrNotFound}
		d := newDoor(p.routes()...)
		for _, route := range []string{reactivateRoute, deactivateRoute} {
			got := d.send(t, route, good(""), func(r *Request) { r.PathParameters["activationId"] = id })
			if got.code() != "license-not-found" {
				t.Errorf("%.40q: %s", id, got.Body)
			}
		}
		asked := []any{
			activation.Reactivate{Key: parsed(plantKey), ID: want, Fingerprint: machine1},
			activation.Deactivate{Key: parsed(plantKey), ID: want, Fingerprint: machine1},
		}
		if !reflect.DeepEqual(p.asked, asked) {
			t.Errorf("%.40q: asked %+v, want %+v", id, p.asked, asked)
		}
	}
}

// What the use case refuses is answered by the one table, on every route.
func TestMachinesLearnWhatTheUseCaseRefuses(t *testing.T) {
	for _, tt := range problemRows() {
		for _, route := range []string{activateRoute, reactivateRoute, deactivateRoute} {
			p := &plant{err: fmt.Errorf("reading: %w", tt.err)}
			got := newDoor(p.routes()...).send(t, route, good(""))
			want := *tt.want
			want.RequestID, want.retryAfter, want.allow = "request-7", 0, ""
			if !reflect.DeepEqual(got.problem, want) {
				t.Errorf("%s, %v: %+v, want %+v", route, tt.err, got.problem, want)
			}
		}
	}
}

// Canaries go through every route, in every member, header, query and path, with
// every outcome; none ever reaches a log.
func TestLogsHoldNothingOfARequest(t *testing.T) {
	const host, address, cookie = "canary-host", "canary@example.com", "canary-cookie"
	with := func(r *Request) {
		for name, value := range map[string]string{
			"authorization": "Bearer canary-token", "user-agent": "canary-agent", "cookie": cookie, "x-forwarded-for": "198.51.100.77", "idempotency-key": "canary-call",
		} {
			r.Headers[name] = value
		}
		r.Cookies = []string{cookie}
		r.RawPath, r.RawQueryString = "/v1/canary-path", "activationsCursor=canary-query"
		r.QueryStringParameters = map[string]string{"activationsCursor": "canary-query", "eventsCursor": "canary-query"}
		r.RequestContext.HTTP.Path, r.RequestContext.HTTP.UserAgent, r.RequestContext.HTTP.SourceIP = "/v1/canary-path", "canary-agent", "198.51.100.77"
		r.RequestContext.Authorizer.JWT.Claims["email"] = "canary-actor@example.com"
	}
	bodies := map[string]string{}
	for _, route := range []string{activateRoute, reactivateRoute, deactivateRoute} {
		bodies[route] = good(`,"sequence":1700000000123,"machine":{"hostname":"` + host + `","chariotVersion":"canary-version"},"newFingerprint":"` + machine2 + `","more":"canary-more"`)
	}
	for route, body := range supportBodies {
		bodies[route] = strings.ReplaceAll(body, "plant@example.com", address)
	}
	secrets := append(strings.Split(plantKey, "-")[1:6], machine1, machine2, "canary", "198.51.100.77", "1700000000123", "PO-7", "Pilot")
	failures := []error{nil, errors.New("the table is on fire"), license.ErrNotFound, license.ErrUnavailable}
	for _, tt := range problemRows() {
		failures = append(failures, tt.err)
	}
	lines := 0
	for _, failure := range failures {
		c := newCabinet()
		c.err = failure
		d := newDoor(append((&plant{err: failure}).routes(), Support(c.service()), Keys(c))...)
		for route, body := range bodies {
			d.send(t, route, body, with)
			d.send(t, route, strings.TrimSuffix(body, "}"), with)
			d.send(t, route, strings.Replace(body, `:"`, `:["canary"],"canary":"`, 1), with)
			d.send(t, route, body, with, func(r *Request) { r.Headers["content-type"] = "text/canary" })
			d.send(t, route, body, with, func(r *Request) { r.Body += strings.Repeat(" canary", 4000) })
			d.send(t, route, body, with, func(r *Request) { r.IsBase64Encoded = true })
			d.send(t, route, body, with, func(r *Request) {
				r.PathParameters = map[string]string{"activationId": "canary", "licenseId": "canary"}
			})
			d.send(t, route, body, with, func(r *Request) { r.RequestContext.Authorizer = nil })
		}
		d.send(t, "GET /v1/keys", "", with)
		lines += strings.Count(d.log.String(), "\n")
		for _, secret := range secrets {
			if at := strings.Index(strings.ToLower(d.log.String()), strings.ToLower(secret)); at >= 0 {
				t.Errorf("after %v, the log holds %q: …%s", failure, secret, d.log.String()[max(0, at-300):at+40])
			}
		}
	}
	if lines < 1000 {
		t.Errorf("only %d lines were searched", lines)
	}
}
