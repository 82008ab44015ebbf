package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// What is described of a request is what the code takes and refuses: the edge of
// each limit, on both sides.
func TestRequestsAreAsDescribed(t *testing.T) {
	d := describe(t)
	for _, tt := range edges() {
		t.Run(tt.name, func(t *testing.T) {
			method, path, _ := strings.Cut(tt.route, " ")
			var members map[string]any
			if err := json.Unmarshal([]byte(goodBodies()[tt.route]), &members); err != nil {
				t.Fatal(err)
			}
			members[tt.member] = tt.value
			body, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			schema := d.schema("paths", path, strings.ToLower(method), "requestBody", "content", "application/json", "schema")
			described := schema.Validate(value) == nil
			_, got := newDesk().ask(tt.route, string(body))
			if taken := got.StatusCode != http.StatusBadRequest; taken != tt.good || described != tt.good {
				t.Errorf("described as good: %v, taken: %v (%s); want %v", described, taken, got.Body, tt.good)
			}
		})
	}
}

// An edge is a value of one member, in an otherwise good request.
type edge struct {
	name, route, member string
	value               any
	good                bool
}

func edges() (all []edge) {
	add := func(route, member string, good bool, values ...any) {
		for _, value := range values {
			short := fmt.Sprintf("%q", value)
			all = append(all, edge{fmt.Sprintf("%s %s %.40s %d", route, member, short, len(short)), route, member, value, good})
		}
	}
	long := func(n int) string { return strings.Repeat("ä", n) }
	type object = map[string]any
	list := func(n int) (names []any) {
		for i := range n {
			names = append(names, fmt.Sprint("f", i))
		}
		return names
	}
	features := func(n int) (of []any) {
		for _, name := range list(n) {
			of = append(of, object{"name": name})
		}
		return of
	}
	for _, route := range []string{activatePath, reactivatePath, deactivatePath} {
		add(route, "licenseKey", true, "x", "\ta\r\nb", " CHARIOT-")
		add(route, "licenseKey", false, nil, "", " \n", "a\x00", "a\u0085", 5)
		add(route, "fingerprint", false, nil, "", strings.Repeat("A", 64), strings.Repeat("a", 63), strings.Repeat("a", 65), string(machineA)+"\n")
		add(route, "sequence", true, nil, 0, 1795507200000, json.Number("9223372036854775807"), json.Number("5.0"), json.Number("17955e8"))
		add(route, "sequence", false, -1, json.Number("9223372036854775808"), 1.5, json.Number("5e-1"), "1", true)
		add(route, "unknown", true, nil, 1, object{"a": 1})
	}
	add(activatePath, "machine", true, nil, object{}, object{"x": 1}, object{"hostname": nil}, object{"hostname": long(253), "chariotVersion": long(64)}, object{"hostname": " "})
	add(activatePath, "machine", false, "x", []any{}, object{"hostname": long(254)}, object{"chariotVersion": long(65)}, object{"hostname": "a\nb"}, object{"hostname": "\u009f"}, object{"chariotVersion": 3})
	add(reactivatePath, "newFingerprint", true, nil, string(machineB))
	add(reactivatePath, "newFingerprint", false, "", "x", 1)

	add(issuePath, "deployment", true, "online", "offline", "floating")
	add(issuePath, "deployment", false, nil, "", "leased", "marketplace", "Online", 1)
	add(issuePath, "seats", true, 1, 1_000_000, json.Number("1e6"), json.Number("5.00"))
	add(issuePath, "seats", false, nil, 0, 1_000_001, "1", 1.5)
	add(issuePath, "features", true, features(1), features(20), []any{object{"name": strings.Repeat("a", 40), "until": nil}}, []any{object{"name": "a", "until": "2000-01-01T00:00:00Z"}})
	add(issuePath, "features", false, nil, []any{}, features(21), []any{nil}, []any{object{}}, []any{object{"name": "-a"}}, []any{object{"name": "A"}}, []any{object{"name": strings.Repeat("a", 41)}}, []any{object{"name": "a", "metered": true}}, []any{object{"name": "a"}, object{"name": "a"}}, "mqtt-server")
	add(issuePath, "contactEmail", true, "a@b", "plänt+7@example.com", "a@"+strings.Repeat("b", 252))
	add(issuePath, "contactEmail", false, nil, "", "a", "a@", "@b", "a@b@c", "a b@c", ".a@b", "a.@b", "a..b@c", "<a@b>", "A <a@b>", "a@b, c@d", "a@b\n", `"a"@b`, "a@"+strings.Repeat("b", 253), 1)
	add(issuePath, "expires", true, nil, "2027-11-23T00:00:00Z", "2027-11-23T00:00:00.5+05:30", "2000-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
	add(issuePath, "expires", false, "", "1999-12-31T23:59:59Z", "2027-11-23", "2027-11-23t00:00:00z", "2027-02-30T00:00:00Z", "2027-11-23T24:00:00Z", "2027-11-23T23:59:60Z", "2027-11-23T00:00:00", 1795507200)
	add(issuePath, "reference", true, nil, "", long(100))
	add(issuePath, "reference", false, long(101), "a\nb", "\x7f", 1)
	add(issuePath, "note", true, nil, "", long(2000), "a\r\n\tb")
	add(issuePath, "note", false, long(2001), "\x00", "\x0b")
	add(issuePath, "send", true, nil, true, false)
	add(issuePath, "send", false, "true", 1)
	add(issuePath, "enforce", true, nil, "", "warn", "degrade", "stop")
	add(issuePath, "enforce", false, "Warn", 1)
	for _, days := range []string{"graceDays", "contactDays"} {
		add(issuePath, days, true, nil, 0, 3660)
		add(issuePath, days, false, -1, 3661, "1")
	}
	for _, route := range []string{issuePath, changePath, restorePath, replacePath, searchPath} {
		add(route, "unknown", false, nil, 1)
	}

	add(changePath, "revision", true, nil, 1, 3, json.Number("9223372036854775807"))
	add(changePath, "revision", false, 0, -1, "3", 1.5, json.Number("9223372036854775808"))
	add(changePath, "seats", true, nil, 1, 1_000_000)
	add(changePath, "seats", false, 0, 1_000_001, -1)
	add(changePath, "expires", true, "2027-11-23T00:00:00Z", "9999-12-31T23:59:59Z")
	add(changePath, "expires", false, "", "1999-12-31T23:59:59Z", 1, object{}, false)
	add(changePath, "state", true, nil, "", "active", "suspended", "revoked")
	add(changePath, "state", false, "expired", 1)
	add(changePath, "addFeatures", true, nil, []any{}, features(20))
	add(changePath, "addFeatures", false, features(21), []any{object{"name": ""}}, "a")
	add(changePath, "removeFeatures", true, nil, []any{}, list(20))
	add(changePath, "removeFeatures", false, list(21), []any{"a", "a"}, []any{"A"}, []any{nil}, "a")
	add(changePath, "contactEmail", true, nil, "", "a@b")
	add(changePath, "contactEmail", false, "a", " ", 1)
	add(replacePath, "send", true, nil, true, false)
	add(replacePath, "send", false, "true", 1)
	for _, route := range []string{changePath, restorePath, replacePath} {
		add(route, "reason", true, "x", long(500))
		add(route, "reason", false, nil, "", " ", long(501), "a\nb", 1)
	}
	add(restorePath, "fingerprint", false, nil, "", "x")
	add(searchPath, "query", true, "x", long(8000), "a\r\n\tb") // long: 16,000 bytes
	add(searchPath, "query", false, nil, "", " ", "\n", long(8001), "\x00", 1)
	add(searchPath, "cursor", true, nil, "", long(100))
	add(searchPath, "cursor", false, long(101), "a\nb", 1)
	return all
}

// A change must name something that it changes.
func TestEmptyChangesAreAsDescribed(t *testing.T) {
	d := describe(t)
	schema := d.schema("components", "schemas", "ChangeRequest")
	for member, good := range map[string]bool{
		`"seats":3`: true, `"expires":null`: true, `"state":"active"`: true, `"contactEmail":"a@b"`: true,
		`"addFeatures":[{"name":"a"}]`: true, `"removeFeatures":["a"]`: true,
		`"revision":3`: false, `"seats":null`: false, `"state":""`: false, `"state":null`: false, `"contactEmail":""`: false,
		`"contactEmail":null`: false, `"addFeatures":[]`: false, `"addFeatures":null`: false, `"removeFeatures":[]`: false, `"removeFeatures":null`: false,
	} {
		body := `{"reason":"asked",` + member + `}`
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_, got := newDesk().ask(changePath, body)
		if described, taken := schema.Validate(value) == nil, got.StatusCode == 200; described != good || taken != good {
			t.Errorf("%s: described as good: %v, taken: %v (%s); want %v", member, described, taken, got.Body, good)
		}
	}
}

func TestUnansweredRequests(t *testing.T) {
	tests := []struct {
		name, method, path string // the path decoded, as functions get it
		status             int
		allow              string
	}{
		{"another method", "GET", "/v1/activations", 405, "POST"},
		{"HEAD", "HEAD", "/v1/health", 405, "GET"},
		{"OPTIONS", "OPTIONS", "/v1/keys", 405, "GET"},
		{"two methods", "DELETE", "/v1/support/licenses/lic_1", 405, "GET, PATCH"},
		{"a parameter", "PUT", "/v1/activations/act_1/reactivate", 405, "POST"},
		{"part of a method", "ET", "/v1/keys", 405, "GET"},
		{"small letters", "get", "/v1/keys", 405, "GET"},
		{"a method fits: it was sent encoded", "GET", "/v1/keys", 404, ""},
		{"unknown", "GET", "/v1/key", 404, ""},
		{"the root", "GET", "/", 404, ""},
		{"nothing", "GET", "", 404, ""},
		{"a slash at the end", "POST", "/v1/keys/", 404, ""},
		{"a double slash", "POST", "/v1//keys", 404, ""},
		{"a slash before", "POST", "//v1/keys", 404, ""},
		{"no parameter", "GET", "/v1/activations//reactivate", 404, ""},
		{"a direction for a parameter", "GET", "/v1/activations/../reactivate", 404, ""},
		{"a dot for a parameter", "DELETE", "/v1/support/licenses/.", 404, ""},
		{"back and forth", "POST", "/v1/x/../keys", 404, ""},
		{"a slash in the ID", "GET", "/v1/activations/act_1/2/reactivate", 404, ""},
		{"capitals", "GET", "/V1/keys", 404, ""},
		{"a template", "GET", "/v1/{x}", 404, ""},
	}
	d := describe(t).closed()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Request{RouteKey: routes.Default, RawPath: tt.path}
			r.RequestContext.HTTP.Method, r.RequestContext.RequestID = tt.method, "EhM_Rk8Ok--YcVM="
			got := newDesk().serve(r)
			if got.StatusCode != tt.status || got.Headers["allow"] != tt.allow {
				t.Errorf("%d, Allow %q; want %d, %q: %s", got.StatusCode, got.Headers["allow"], tt.status, tt.allow, got.Body)
			}
			if tt.status == 405 {
				d.checkReply(t, "POST /v1/activations", got)
			}
		})
	}
}
