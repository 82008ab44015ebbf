package api

import (
	"bytes"
	"context"
	"encoding/json"
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
