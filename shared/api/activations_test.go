package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

var today = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

const (
	plantKey = "CHARIOT-1VEM9-9JS35-41CY0-3MA30-N0WJ9-W"
	plantID  = "lic_8CCKSRKTZHXBPKK0D86FKDQXCF"
	seatID   = "act_9YHRVMEEA4HYD1C16GZCPGC2NJVW1MQN"
	machine1 = "47f05648defdc8bd0419796c4ec54331363f38a690a92128b74d50515303cea9"
	machine2 = "3a59ce82ca8104d696136e4b9f08198cb4e749557a28f706e09351b46eff4bf0"

	activateRoute   = "POST /v1/activations"
	reactivateRoute = "POST /v1/activations/{activationId}/reactivate"
	deactivateRoute = "POST /v1/activations/{activationId}/deactivate"
)

func parsed(text string) license.Key {
	key, err := license.ParseKey(text)
	if err != nil {
		panic(err)
	}
	return key
}

// A door is the edge of a function, with its log.
type door struct {
	serve func(context.Context, Request) (events.APIGatewayV2HTTPResponse, error)
	log   bytes.Buffer
}

func newDoor(routes ...Routes) *door {
	all := Routes{}
	for _, some := range routes {
		for key, endpoint := range some {
			all[key] = endpoint
		}
	}
	d := &door{}
	d.serve = Serve(slog.New(slog.NewJSONHandler(&d.log, nil)), all)
	return d
}

// An outcome is an answer, and the problem that it is, if it is one.
type outcome struct {
	events.APIGatewayV2HTTPResponse
	problem Problem
}

func (o *outcome) code() string { return o.problem.code() }

// send asks a route as the gateway does. Every request carries what the tests
// need; with changes it.
func (d *door) send(t *testing.T, route, body string, with ...func(*Request)) *outcome {
	t.Helper()
	r := Request{
		RouteKey: route, RawPath: "/v1/raw", Body: body,
		Headers:        map[string]string{"content-type": "application/json", "idempotency-key": "call-1"},
		PathParameters: map[string]string{"activationId": seatID, "licenseId": plantID},
	}
	r.RequestContext.RequestID = "request-7"
	r.RequestContext.HTTP.SourceIP = "192.0.2.7"
	r.RequestContext.HTTP.Method, _, _ = strings.Cut(route, " ")
	r.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"email": "ann@example.com"}},
	}
	for _, change := range with {
		change(&r)
	}
	response, err := d.serve(t.Context(), r)
	if err != nil {
		t.Fatalf("the handler failed: %v", err)
	}
	o := &outcome{APIGatewayV2HTTPResponse: response}
	if response.StatusCode >= 400 {
		if err := json.Unmarshal([]byte(response.Body), &o.problem); err != nil || o.problem.Status != response.StatusCode || response.Headers["content-type"] != "application/problem+json" {
			t.Fatalf("%s %.200q is answered %d %s, which is no problem: %v", route, body, response.StatusCode, response.Body, err)
		}
	}
	return o
}

// plant is the use case behind the machines' routes: it remembers what it was
// asked for.
type plant struct {
	asked []any
	isNew bool
	err   error
}

func (p *plant) license() license.License {
	return license.License{
		ID: plantID, State: license.Active, Deployment: license.Online, Seats: 5, Used: 1, Revision: 3,
		Features: []license.Feature{{Name: "mqtt-server"}, {Name: "mqtt-server-support", Until: today}, {Name: "iot-bridge-snowflake", Metered: true}},
	}
}

func (p *plant) answer(asked any) (*activation.Licensed, error) {
	p.asked = append(p.asked, asked)
	if p.err != nil {
		return nil, p.err
	}
	return &activation.Licensed{
		License: p.license(), New: p.isNew, Certificate: "a.b.c",
		Activation: license.Activation{ID: seatID, Fingerprint: machine1, State: license.Holding, ActivatedAt: today},
	}, nil
}

func (p *plant) Activate(_ context.Context, r activation.Activate) (*activation.Licensed, error) {
	return p.answer(r)
}

func (p *plant) Reactivate(_ context.Context, r activation.Reactivate) (*activation.Licensed, error) {
	return p.answer(r)
}

func (p *plant) Deactivate(_ context.Context, r activation.Deactivate) (*license.License, error) {
	p.asked = append(p.asked, r)
	l := p.license()
	l.Used, l.Expires = 0, today
	return &l, p.err
}

// routes are the machines' routes, with a limiter that never limits.
func (p *plant) routes() []Routes {
	limit := &Limiter{Failed: &tally{}, Now: func() time.Time { return today }, Log: slog.New(slog.DiscardHandler)}
	return []Routes{Activate(p, limit), Reactivate(p, limit), Deactivate(p, limit)}
}

// good is a body that all three routes take, with more members.
func good(more string) string {
	return fmt.Sprintf(`{"licenseKey":%q,"fingerprint":%q%s}`, plantKey, machine1, more)
}

func number(value int64) *int64 { return &value }

// What reaches the use case.
func TestMachinesAreUnderstood(t *testing.T) {
	key := parsed(plantKey)
	tests := []struct {
		name, route, body string
		want              any
	}{
		{"activate, the least", activateRoute, good(""), activation.Activate{Key: key, Fingerprint: machine1}},
		{
			"activate, everything", activateRoute, good(`,"sequence":1700000000000,"machine":{"hostname":"plant-7","chariotVersion":"3.0.1"}`),
			activation.Activate{Key: key, Fingerprint: machine1, Sequence: number(1700000000000), Machine: license.Machine{Hostname: "plant-7", Version: "3.0.1"}},
		},
		{"null means absent", activateRoute, good(`,"sequence":null,"machine":null`), activation.Activate{Key: key, Fingerprint: machine1}},
		{"null inside the machine", activateRoute, good(`,"machine":{"hostname":null}`), activation.Activate{Key: key, Fingerprint: machine1}},
		{"sequence 0", activateRoute, good(`,"sequence":0`), activation.Activate{Key: key, Fingerprint: machine1, Sequence: number(0)}},
		{"the highest sequence", activateRoute, good(`,"sequence":9223372036854775807`), activation.Activate{Key: key, Fingerprint: machine1, Sequence: number(math.MaxInt64)}},
		{"what a newer machine says more", activateRoute, good(`,"cpu":{"cores":[1,2]},"LicenseKey":5,"machine":{"os":"linux"}`), activation.Activate{Key: key, Fingerprint: machine1}},
		{
			"a pasted license file", activateRoute, `{"fingerprint":"` + machine1 + `","licenseKey":"> License for Chariot\r\n> \r\n> chariot-1vem9-9js35-\r\n> 41cy0-3ma30-n0wj9-w"}`,
			activation.Activate{Key: key, Fingerprint: machine1},
		},
		{
			"a mistyped key is one that no license has", activateRoute, `{"fingerprint":"` + machine1 + `","licenseKey":"` + plantKey[:38] + `X"}`,
			activation.Activate{Key: license.UnknownKey(plantKey[:38] + "X"), Fingerprint: machine1},
		},
		{
			"so is a text that is no key", activateRoute, `{"fingerprint":"` + machine1 + `","licenseKey":"hello"}`,
			activation.Activate{Key: license.UnknownKey("hello"), Fingerprint: machine1},
		},
		{"a host name of 253 letters that take two bytes", activateRoute, good(`,"machine":{"hostname":"` + strings.Repeat("é", 253) + `"}`), activation.Activate{Key: key, Fingerprint: machine1, Machine: license.Machine{Hostname: strings.Repeat("é", 253)}}},

		{"reactivate", reactivateRoute, good(""), activation.Reactivate{Key: key, ID: seatID, Fingerprint: machine1}},
		{
			"a move", reactivateRoute, good(`,"newFingerprint":"` + machine2 + `","sequence":6`),
			activation.Reactivate{Key: key, ID: seatID, Fingerprint: machine1, NewFingerprint: machine2, Sequence: number(6)},
		},
		{"no move", reactivateRoute, good(`,"newFingerprint":null`), activation.Reactivate{Key: key, ID: seatID, Fingerprint: machine1}},
		{"deactivate", deactivateRoute, good(`,"sequence":8`), activation.Deactivate{Key: key, ID: seatID, Fingerprint: machine1, Sequence: number(8)}},
		{"deactivate without sequence", deactivateRoute, good(""), activation.Deactivate{Key: key, ID: seatID, Fingerprint: machine1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &plant{}
			got := newDoor(p.routes()...).send(t, tt.route, tt.body)
			if len(p.asked) != 1 || !reflect.DeepEqual(p.asked[0], tt.want) {
				t.Errorf("asked %+v, want %+v; answered %s", p.asked, tt.want, got.Body)
			}
		})
	}
}

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
