package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/cirruslink/chariot-license/shared/license"
)

func TestChangeRefuses(t *testing.T) {
	tests := []struct {
		name, body    string
		status        int
		code, pointer string
	}{
		{"nothing to change", `{"reason":"r"}`, 400, "malformed-request", ""},
		{"a revision alone changes nothing", `{"revision":3,"reason":"r"}`, 400, "malformed-request", ""},
		{"empty lists change nothing", `{"addFeatures":[],"removeFeatures":[],"reason":"r"}`, 400, "malformed-request", ""},
		{"a revision that no license has", `{"revision":0,"seats":7,"reason":"r"}`, 400, "malformed-request", "/revision"},
		{"no reason", `{"seats":7}`, 400, "malformed-request", "/reason"},
		{"a blank reason", `{"seats":7,"reason":"  "}`, 400, "malformed-request", "/reason"},
		{"a long reason", `{"seats":7,"reason":"` + strings.Repeat("r", 501) + `"}`, 400, "malformed-request", "/reason"},
		{"0 seats", `{"seats":0,"reason":"r"}`, 400, "malformed-request", "/seats"},
		{"another state", `{"state":"expired","reason":"r"}`, 400, "malformed-request", "/state"},
		{"an end that is a number", `{"expires":5,"reason":"r"}`, 400, "malformed-request", "/expires"},
		{"an end that is text", `{"expires":"soon","reason":"r"}`, 400, "malformed-request", "/expires"},
		{"an end that is empty", `{"expires":"","reason":"r"}`, 400, "malformed-request", "/expires"},
		{"an end in another millennium", `{"expires":"1999-01-01T00:00:00Z","reason":"r"}`, 400, "malformed-request", "/expires"},
		{"to remove what is no name", `{"removeFeatures":["a","B"],"reason":"r"}`, 400, "malformed-request", "/removeFeatures/1"},
		{"to remove one twice", `{"removeFeatures":["a","a"],"reason":"r"}`, 400, "malformed-request", "/removeFeatures/1"},
		{"to remove 21", `{"removeFeatures":[` + strings.Repeat(`"a",`, 20) + `"a"],"reason":"r"}`, 400, "malformed-request", "/removeFeatures"},
		{"to add one without a name", `{"addFeatures":[{"until":null}],"reason":"r"}`, 400, "malformed-request", "/addFeatures/0"},
		{"more features than a certificate carries", `{"addFeatures":[` + twentyFeatures() + `],"reason":"r"}`, 400, "malformed-request", "/addFeatures"},
		{"a stale revision", `{"revision":2,"seats":7,"reason":"r"}`, 409, "request-superseded", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet()
			got := newDoor(Support(c.service())).send(t, changeRoute, tt.body)
			if got.StatusCode != tt.status || got.code() != tt.code || got.problem.Pointer != tt.pointer || len(c.changes) != 0 {
				t.Errorf("answered %s; wrote %+v", got.Body, c.changes)
			}
		})
	}
}

func TestLicenseIDsInThePath(t *testing.T) {
	for id, status := range map[string]int{
		plantID: 200, strings.ToLower(plantID): 200, "": 404, "..": 404, "lic_": 404, "\x00": 404, seatID: 404, plantID + "/..": 404,
		strings.Repeat("lic_", 5000): 404, "lic_00000000000000000000000000": 404,
	} {
		for _, route := range []string{showRoute, changeRoute, restoreRoute, replaceRoute} {
			c := newCabinet()
			got := newDoor(Support(c.service())).send(t, route, supportBodies[route], func(r *Request) { r.PathParameters["licenseId"] = id })
			if got.StatusCode/100 != status/100 || status == 404 && got.code() != "license-not-found" {
				t.Errorf("%s %.40q: %d %s", route, id, got.StatusCode, got.Body)
			}
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	tests := []struct {
		name, from, to string
		status         int
		code, pointer  string
	}{
		{"no activation ID", `"activationId":"` + seatID + `",`, ``, 400, "malformed-request", "/activationId"},
		{"a long activation ID", seatID, strings.Repeat("a", 101), 400, "malformed-request", "/activationId"},
		{"what is no activation ID", seatID, "act_1", 404, "activation-not-found", ""},
		{"another machine's activation ID", seatID, "act_00000000000000000000000000000000", 404, "activation-not-found", ""},
		{"no fingerprint", `"fingerprint":"` + machine1 + `",`, ``, 400, "malformed-fingerprint", ""},
		{"another machine", machine1, machine2, 404, "activation-not-found", ""},
		{"no reason", `,"reason":"PO-7"`, ``, 400, "malformed-request", "/reason"},
		{"a reason of two lines", `PO-7`, `a\nb`, 400, "malformed-request", "/reason"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet()
			got := newDoor(Support(c.service())).send(t, restoreRoute, strings.Replace(supportBodies[restoreRoute], tt.from, tt.to, 1))
			if got.StatusCode != tt.status || got.code() != tt.code || got.problem.Pointer != tt.pointer || len(c.freed) != 0 {
				t.Errorf("answered %s; wrote %+v", got.Body, c.freed)
			}
		})
	}
}

func TestRestore(t *testing.T) {
	c := newCabinet()
	got := newDoor(Support(c.service())).send(t, restoreRoute, supportBodies[restoreRoute])
	if got.StatusCode != 200 || len(c.freed) != 1 || c.machine.State != license.Released || !strings.Contains(got.Body, `"state":"released"`) {
		t.Errorf("answered %s; wrote %+v", got.Body, c.freed)
	}
	if e := c.freed[0].Event; e.Reason != "PO-7" || e.Actor != "support:ann@example.com" || e.Kind != license.SeatRestored || e.Machine != machine1 {
		t.Errorf("on record: %+v", e)
	}
}

func TestSearchAndShow(t *testing.T) {
	c := newCabinet()
	d := newDoor(Support(c.service()))
	got := d.send(t, searchRoute, `{"query":" Plant@Example.com ","cursor":"from-here"}`)
	if got.StatusCode != 200 || !slices.Equal(c.asked, []string{" Plant@Example.com ", "from-here"}) || !strings.Contains(got.Body, `"cursor":"next-found"`) || !strings.Contains(got.Body, plantID) {
		t.Errorf("answered %s; asked %q", got.Body, c.asked)
	}
	l := c.records[plantID].License
	for _, query := range []string{plantKey, strings.ToLower(plantID), "\t" + plantID + "\n", license.File(&l, parsed(plantKey)), strings.ReplaceAll(license.File(&l, parsed(plantKey)), "\n", "\r\n> ")} {
		body, _ := json.Marshal(map[string]string{"query": query})
		if got := d.send(t, searchRoute, string(body)); got.StatusCode != 200 || !strings.Contains(got.Body, plantID) || strings.Contains(got.Body, "cursor") {
			t.Errorf("%q: %s", query, got.Body)
		}
	}
	if len(c.asked) != 2 {
		t.Errorf("an ID or a key was searched as text: %q", c.asked)
	}
	c.asked = nil
	got = d.send(t, showRoute, "", func(r *Request) {
		r.QueryStringParameters = map[string]string{"activationsCursor": "a", "eventsCursor": "e"}
	})
	if got.StatusCode != 200 || !slices.Equal(c.asked, []string{"a", "e"}) || !strings.Contains(got.Body, `"activationsCursor":"next-machine"`) || !strings.Contains(got.Body, `"eventsCursor":"next-event"`) || !strings.Contains(got.Body, `"events":[]`) {
		t.Errorf("answered %s; asked %q", got.Body, c.asked)
	}
	tests := []struct {
		name, body, pointer string
	}{
		{"no query", `{}`, "/query"},
		{"a blank query", `{"query":"  "}`, "/query"},
		{"a long query", `{"query":"` + strings.Repeat("q", 8001) + `"}`, "/query"},
		{"a query with a NUL", `{"query":"\u0000"}`, "/query"},
		{"a long cursor", `{"query":"q","cursor":"` + strings.Repeat("c", 101) + `"}`, "/cursor"},
		{"a cursor with a NUL", `{"query":"q","cursor":"\u0000"}`, "/cursor"},
	}
	for _, tt := range tests {
		if got := d.send(t, searchRoute, tt.body); got.StatusCode != 400 || got.problem.Pointer != tt.pointer {
			t.Errorf("%s: %s", tt.name, got.Body)
		}
	}
}

// Who acts is on record, and nobody acts without a name.
func TestActor(t *testing.T) {
	type (
		authorizer = events.APIGatewayV2HTTPRequestContextAuthorizerDescription
		jwt        = events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription
		iam        = events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription
	)
	tests := []struct {
		name string
		by   *authorizer
		want string
	}{
		{"a JWT with an address", &authorizer{JWT: &jwt{Claims: map[string]string{"email": "ann@example.com", "sub": "123"}}}, "ann@example.com"},
		{"a JWT with a subject", &authorizer{JWT: &jwt{Claims: map[string]string{"sub": "123"}}}, "123"},
		{"IAM", &authorizer{IAM: &iam{UserARN: "arn:aws:iam::1:user/ann"}}, "arn:aws:iam::1:user/ann"},
		{"no authorizer", nil, ""},
		{"an empty authorizer", &authorizer{}, ""},
		{"a JWT without a name", &authorizer{JWT: &jwt{}}, ""},
		{"a JWT with empty names", &authorizer{JWT: &jwt{Claims: map[string]string{"email": "", "sub": ""}}}, ""},
		{"IAM without a name", &authorizer{IAM: &iam{}}, ""},
		{"what a function said counts for nothing", &authorizer{Lambda: map[string]any{"email": "eve@example.com"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for route, body := range supportBodies {
				c := newCabinet()
				got := newDoor(Support(c.service())).send(t, route, body, func(r *Request) { r.RequestContext.Authorizer = tt.by })
				if tt.want == "" {
					if got.StatusCode != 401 || got.code() != "unauthorized" || len(c.changes)+len(c.freed)+len(c.asked) != 0 {
						t.Errorf("%s: %s", route, got.Body)
					}
					continue
				}
				var actors []string
				for _, change := range c.changes {
					actors = append(actors, change.Event.Actor, license.SupportPrefix+change.Call.Actor)
				}
				for _, change := range c.freed {
					actors = append(actors, change.Event.Actor)
				}
				for _, actor := range actors {
					if actor != "support:"+tt.want {
						t.Errorf("%s is on record as of %q, want %q", route, actor, "support:"+tt.want)
					}
				}
				if writes := route != showRoute && route != searchRoute; got.StatusCode >= 300 || writes != (len(actors) > 0) {
					t.Errorf("%s: %d, on record %q", route, got.StatusCode, actors)
				}
			}
		})
	}
}

func TestIdempotencyKeys(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		taken     bool
	}{
		{"none", "", false}, {"one character", "k", true}, {"255 characters", strings.Repeat("k", 255), true}, {"256 characters", strings.Repeat("k", 256), false},
	} {
		for route, body := range supportBodies {
			c := newCabinet()
			got := newDoor(Support(c.service())).send(t, route, body, func(r *Request) { r.Headers["idempotency-key"] = tt.key })
			free := route == showRoute || route == searchRoute
			if taken := got.StatusCode < 300; taken != (tt.taken || free) || !taken && (got.StatusCode != 400 || got.problem.Pointer != "" || !strings.Contains(got.problem.Detail, "Idempotency-Key")) {
				t.Errorf("%s, %s: %s", route, tt.name, got.Body)
			}
			if !free && tt.taken && c.calls[tt.key].Key != tt.key {
				t.Errorf("%s, %s: on record is %+v", route, tt.name, c.calls)
			}
		}
	}
}

// A repetition answers how things stand; the same key with anything else is late.
func TestRepeatedCalls(t *testing.T) {
	for _, route := range []string{issueRoute, changeRoute, restoreRoute, replaceRoute} {
		c := newCabinet()
		d := newDoor(Support(c.service()))
		body := strings.Replace(supportBodies[route], `"revision":3,`, "", 1)
		first, again := d.send(t, route, body), d.send(t, route, body)
		if first.StatusCode >= 300 || again.StatusCode != first.StatusCode || again.Body != first.Body || len(c.changes)+len(c.freed) != 1 {
			t.Errorf("%s: first %s\nthen %s", route, first.Body, again.Body)
		}
		for name, other := range map[string]*outcome{
			"another body":   d.send(t, route, strings.Replace(body, "PO-7", "PO-8", 1)),
			"another path":   d.send(t, route, body, func(r *Request) { r.RawPath = "/v1/other" }),
			"another method": d.send(t, route, body, func(r *Request) { r.RequestContext.HTTP.Method = "PUT" }),
		} {
			if other.StatusCode != 409 || other.code() != "request-superseded" || len(c.changes)+len(c.freed) != 1 {
				t.Errorf("%s, %s: %s", route, name, other.Body)
			}
		}
	}
}

// What the store refuses is answered by the one table.
func TestSupportLearnsWhatTheStoreRefuses(t *testing.T) {
	for route, body := range supportBodies {
		for err, want := range map[error]int{license.ErrUnavailable: 503, errors.New("canary"): 500, fmt.Errorf("x: %w", license.ErrNotFound): 404} {
			c := newCabinet()
			c.err = err
			if got := newDoor(Support(c.service())).send(t, route, body); got.StatusCode != want || strings.Contains(got.Body, "canary") {
				t.Errorf("%s, %v: %s", route, err, got.Body)
			}
		}
	}
}
