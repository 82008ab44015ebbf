package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// A customer has a license of one seat, and a machine that holds it.
type customer struct {
	id, key, activation string
	n                   int // the machine's number
}

func (s *stack) customer(t *testing.T, n int) customer {
	t.Helper()
	id, key := s.issue(t, 1)
	activation, ok := s.activate(key, n).at("activation", "id").(string)
	if !ok {
		t.Fatal("the customer's machine gets no seat")
	}
	return customer{id, key, activation, n}
}

// A call is a request in the making.
type call struct {
	method, path string
	header       map[string]string
	members      map[string]any
	body         string // in place of members, where it is set
}

// good is a call of a route that would be answered well.
func (s *stack) good(route routes.Route, c customer) *call {
	path := strings.NewReplacer("{activationId}", c.activation, "{licenseId}", c.id).Replace(route.Path)
	x := &call{method: route.Method, path: path, header: map[string]string{"Content-Type": "application/json"}}
	if route.Auth == routes.Support {
		x.header["Authorization"] = "Bearer " + s.SupportToken
		x.header["Idempotency-Key"] = route.Key() + c.id
	}
	machine := map[string]any{"licenseKey": c.key, "fingerprint": fingerprint(c.n), "sequence": 2}
	x.members = map[string]map[string]any{
		"POST /v1/activations":                               machine,
		"POST /v1/activations/{activationId}/reactivate":     machine,
		"POST /v1/activations/{activationId}/deactivate":     machine,
		"POST /v1/support/licenses":                          {"deployment": "online", "seats": 1, "features": []any{map[string]any{"name": "mqtt-server"}}, "contactEmail": "plant@example.com"},
		"PATCH /v1/support/licenses/{licenseId}":             {"seats": 2, "reason": "more"},
		"POST /v1/support/licenses/{licenseId}/restorations": {"activationId": c.activation, "fingerprint": fingerprint(c.n), "reason": "gone"},
		"POST /v1/support/licenses/{licenseId}/keys":         {"reason": "posted in a forum"},
		"POST /v1/support/searches":                          {"query": "plant@example.com"},
	}[route.Key()]
	return x
}

func (s *stack) call(x *call) reply {
	body := x.body
	if body == "" && x.members != nil {
		text, err := json.Marshal(x.members)
		if err != nil {
			return reply{raw: err.Error()}
		}
		body = string(text)
	}
	request, err := http.NewRequest(x.method, s.URL+x.path, strings.NewReader(body))
	if err != nil {
		return reply{raw: err.Error()}
	}
	for name, value := range x.header {
		request.Header.Set(name, value)
	}
	return do(request)
}

// change does what support does to a license.
func (s *stack) change(t *testing.T, c customer, members string) {
	t.Helper()
	if r := s.send("PATCH", "/v1/support/licenses/"+c.id, members, "change "+c.id); r.status != 200 {
		t.Fatalf("changing the license: %d %s", r.status, r.raw)
	}
}

// keyFor is the key of a new license for another deployment.
func (s *stack) keyFor(deployment string, x *call) any {
	return s.send("POST", "/v1/support/licenses", fmt.Sprintf(`{"deployment":%q,"seats":1,"features":[{"name":"mqtt-server"}],"contactEmail":"plant@example.com"}`, deployment), deployment+x.path).at("licenseKey")
}

// another replaces the parameter of the path.
func (x *call) another(c customer, id string) {
	x.path = strings.NewReplacer(c.activation, id, c.id, id).Replace(x.path)
}

// provocations come to each problem, by the name of its example.
var provocations = map[string]func(*testing.T, *stack, customer, *call){
	"malformed-request": func(_ *testing.T, _ *stack, _ customer, x *call) { x.body = "{" },
	"malformed-request-cursor": func(_ *testing.T, _ *stack, _ customer, x *call) {
		x.path += "?eventsCursor=" + strings.Repeat("x", 101)
	},
	"malformed-fingerprint":  func(_ *testing.T, _ *stack, _ customer, x *call) { x.members["fingerprint"] = "x" },
	"unauthorized":           func(_ *testing.T, _ *stack, _ customer, x *call) { delete(x.header, "Authorization") },
	"unsupported-media-type": func(_ *testing.T, _ *stack, _ customer, x *call) { delete(x.header, "Content-Type") },
	"payload-too-large":      func(_ *testing.T, _ *stack, _ customer, x *call) { x.body = strings.Repeat(" ", 17<<10) },
	"method-not-allowed":     func(_ *testing.T, _ *stack, _ customer, x *call) { x.method = "DELETE" },
	"route-not-found":        func(_ *testing.T, _ *stack, c customer, x *call) { x.another(c, "%2e") },
	"license-not-found": func(_ *testing.T, _ *stack, c customer, x *call) {
		if x.members["licenseKey"] != nil {
			x.members["licenseKey"] = "mistyped"
		} else {
			x.another(c, "lic_00000000000000000000000000")
		}
	},
	"activation-not-found": func(_ *testing.T, _ *stack, c customer, x *call) {
		const unknown = "act_00000000000000000000000000000000"
		if x.members["activationId"] != nil {
			x.members["activationId"] = unknown
		} else {
			x.another(c, unknown)
		}
	},
	"license-revoked": func(t *testing.T, s *stack, c customer, _ *call) {
		s.change(t, c, `{"state":"revoked","reason":"fraud"}`)
	},
	"license-suspended": func(t *testing.T, s *stack, c customer, _ *call) {
		s.change(t, c, `{"state":"suspended","reason":"unpaid"}`)
	},
	"license-expired": func(t *testing.T, s *stack, c customer, _ *call) {
		s.change(t, c, `{"expires":"2026-01-01T00:00:00Z","reason":"ended"}`)
	},
	"wrong-deployment":   func(_ *testing.T, s *stack, _ customer, x *call) { x.members["licenseKey"] = s.keyFor("floating", x) },
	"offline-activation": func(_ *testing.T, s *stack, _ customer, x *call) { x.members["licenseKey"] = s.keyFor("offline", x) },
	"activation-released": func(t *testing.T, s *stack, c customer, x *call) {
		r := s.send("POST", "/v1/support/licenses/"+c.id+"/restorations", fmt.Sprintf(`{"activationId":%q,"fingerprint":%q,"reason":"gone"}`, c.activation, fingerprint(c.n)), "restore "+c.id)
		if r.status != 200 {
			t.Fatalf("restoring the seat: %d %s", r.status, r.raw)
		}
		delete(x.members, "sequence")
	},
	// A sequence far ahead, or behind what opened the seat.
	"request-superseded": func(_ *testing.T, _ *stack, c customer, x *call) {
		switch {
		case strings.HasSuffix(x.path, "/deactivate"):
			x.members["sequence"] = 0
		case strings.HasSuffix(x.path, "/reactivate"):
			x.members["newFingerprint"], x.members["sequence"] = fingerprint(c.n+1000), int64(1)<<62
		default:
			x.members["fingerprint"], x.members["sequence"] = fingerprint(c.n+1000), int64(1)<<62
		}
	},
	"request-superseded-revision": func(_ *testing.T, _ *stack, _ customer, x *call) { x.members["revision"] = 7 },
	"request-superseded-call": func(_ *testing.T, s *stack, _ customer, x *call) {
		s.call(x)
		x.members["reason"] = "another"
		if x.members["deployment"] != nil {
			delete(x.members, "reason")
			x.members["note"] = "another"
		}
	},
	"seats-taken": func(_ *testing.T, _ *stack, c customer, x *call) { x.members["fingerprint"] = fingerprint(c.n + 1000) },
	"rate-limited": func(_ *testing.T, s *stack, _ customer, x *call) {
		x.members["licenseKey"] = "mistyped"
		for range 150 { // a new minute may begin
			if s.call(x).status == http.StatusTooManyRequests {
				return
			}
		}
	},
}

// notProvoked are those that no request alone comes to: our own trouble. Tests of
// package api have it.
var notProvoked = []string{"internal", "unavailable"}

// Each problem that is described of a route comes about at that route, and is
// answered as described.
func TestEveryDescribedProblemComesAbout(t *testing.T) {
	s := start(t, t.TempDir())
	d := s.describe(t)
	n := 0
	for _, last := range []bool{false, true} { // whoever is over the limit reads nothing else
		for _, route := range routes.All() {
			if route.Path == routes.Default {
				continue
			}
			for name, status := range d.problems(route) {
				if slices.Contains(notProvoked, name) || (name == "rate-limited") != last {
					continue
				}
				n++
				t.Run(route.Key()+" "+name, func(t *testing.T) {
					provoke := provocations[name]
					if provoke == nil {
						t.Fatal("nothing provokes it")
					}
					c := s.customer(t, n)
					x := s.good(route, c)
					provoke(t, s, c, x)
					got := s.call(x)
					want, _ := d.find("components", "examples", name, "value")["type"].(string)
					if fmt.Sprint(got.status) != status || got.body["type"] != want {
						t.Errorf("%d %s, want %s %s", got.status, got.raw, status, want)
					}
					d.check(t, route.Key(), got)
				})
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d problems were provoked", n)
	}
}

// problems are the names of the examples of a route's problems, with their status.
func (d *description) problems(route routes.Route) map[string]string {
	all := map[string]string{}
	responses := []string{"paths", route.Path, strings.ToLower(route.Method), "responses"}
	for status := range d.find(responses...) {
		for name := range maps.Keys(d.find(append(slices.Clone(responses), status, "content", "application/problem+json", "examples")...)) {
			all[name] = status
		}
	}
	return all
}
