package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// A description is the API's description as the running function answers it.
type description struct {
	root     map[string]any
	compiler *jsonschema.Compiler
}

func (s *stack) describe(t *testing.T) *description {
	t.Helper()
	r := s.send("GET", "/v1/openapi.json", "", "")
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(r.raw))
	if err != nil || r.status != http.StatusOK {
		t.Fatalf("%d, %v", r.status, err)
	}
	d := &description{root.(map[string]any), jsonschema.NewCompiler()}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("https://api.test/", root); err != nil {
		t.Fatal(err)
	}
	return d
}

// find follows members, and references on the way; nil if there is no such place.
func (d *description) find(path ...string) map[string]any {
	at := d.root
	for _, name := range path {
		at, _ = at[name].(map[string]any)
		if reference, ok := at["$ref"].(string); ok {
			at = d.find(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
		}
	}
	return at
}

// check holds an answer against what is described of a route: status, type,
// headers, and body.
func (d *description) check(t *testing.T, route string, got reply) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	response := d.find("paths", path, strings.ToLower(method), "responses", fmt.Sprint(got.status))
	content, _ := response["content"].(map[string]any)
	kind, _ := content[got.header.Get("Content-Type")].(map[string]any)
	if kind == nil {
		t.Fatalf("%s: %d as %s is not described: %s", route, got.status, got.header.Get("Content-Type"), got.raw)
	}
	for name := range response["headers"].(map[string]any) {
		header := d.find("paths", path, strings.ToLower(method), "responses", fmt.Sprint(got.status), "headers", name)
		if header["required"] == true && got.header.Get(name) == "" {
			t.Errorf("%s: %d lacks the header %s", route, got.status, name)
		}
	}
	reference, _ := kind["schema"].(map[string]any)["$ref"].(string)
	if reference == "" {
		return // the description itself
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(got.raw))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := d.compiler.Compile("https://api.test/" + reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(body); err != nil {
		t.Errorf("%s: %v: %s", route, err, got.raw)
	}
}

// The life of a license at every route of the running functions, each call also
// repeated and refused, is as the API's description says.
func TestTheDescriptionHolds(t *testing.T) {
	s := start(t, t.TempDir())
	d := s.describe(t)
	id, key := s.issue(t, 1)
	machine := func(n int) string { return fmt.Sprintf(`{"licenseKey":%q,"fingerprint":%q}`, key, fingerprint(n)) }
	const activations, licenses = "/v1/activations", "/v1/support/licenses"
	activation := s.send("POST", activations, machine(1), "").at("activation", "id")
	ofActivation, ofLicense := fmt.Sprint(activations, "/", activation), licenses+"/"+id
	leaked, _ := s.issue(t, 1)
	const replace = "POST /v1/support/licenses/{licenseId}/keys"
	keys := licenses + "/" + leaked + "/keys"
	restoration := fmt.Sprintf(`{"activationId":%q,"fingerprint":%q,"reason":"gone"}`, activation, fingerprint(1))
	steps := []struct {
		route, path, body, call string
		status                  int
	}{
		{"POST /v1/activations", activations, machine(1), "", 200},
		{"POST /v1/activations", activations, machine(2), "", 409},
		{"POST /v1/activations", activations, `{"licenseKey":"x"}`, "", 400},
		{"POST /v1/activations/{activationId}/reactivate", ofActivation + "/reactivate", machine(1), "", 200},
		{"POST /v1/activations/{activationId}/reactivate", ofActivation + "/reactivate", machine(2), "", 404},
		{"GET /v1/support/licenses/{licenseId}", ofLicense, "", "look", 200},
		{"GET /v1/support/licenses/{licenseId}", ofLicense, "", "", 401},
		{"GET /v1/support/licenses/{licenseId}", licenses + "/x", "", "look", 404},
		{"POST /v1/support/licenses/{licenseId}/restorations", ofLicense + "/restorations", restoration, "r", 200},
		{"POST /v1/support/licenses/{licenseId}/restorations", ofLicense + "/restorations", restoration, "r", 200},
		{"POST /v1/activations", activations, machine(1), "", 409},
		{"POST /v1/activations/{activationId}/deactivate", ofActivation + "/deactivate", machine(1), "", 200},
		{"POST /v1/activations", activations, machine(2), "", 201},
		{"PATCH /v1/support/licenses/{licenseId}", ofLicense, `{"seats":2,"reason":"more"}`, "p", 200},
		{"PATCH /v1/support/licenses/{licenseId}", ofLicense, `{"seats":3,"reason":"more"}`, "p", 409},
		{"PATCH /v1/support/licenses/{licenseId}", ofLicense, `{"seats":3,"revision":0,"reason":"more"}`, "p0", 400},
		{replace, keys, `{"reason":"in a forum"}`, "k", 201},
		{replace, keys, `{"reason":"in a forum"}`, "k", 201},
		{replace, keys, `{"reason":"in a mail"}`, "k", 409},
		{replace, keys, `{}`, "k1", 400},
		{replace, licenses + "/x/keys", `{"reason":"in a forum"}`, "k2", 404},
		{"GET /v1/support/licenses/{licenseId}", licenses + "/" + leaked, "", "look", 200},
		{"PATCH /v1/support/licenses/{licenseId}", ofLicense, `{"state":"revoked","reason":"fraud"}`, "q", 200},
		{replace, ofLicense + "/keys", `{"reason":"in a forum"}`, "k3", 403},
		{"PATCH /v1/support/licenses/{licenseId}", ofLicense, `{"state":"active","reason":"no"}`, "r2", 403},
		{"POST /v1/activations", activations, machine(2), "", 403},
		{"POST /v1/support/searches", "/v1/support/searches", `{"query":"plant@example.com"}`, "look", 200},
		{"POST /v1/support/searches", "/v1/support/searches", `{"querry":""}`, "look", 400},
		{"POST /v1/support/licenses", licenses, strings.Repeat(" ", 17<<10), "l", 413},
		{"GET /v1/keys", "/v1/keys", "", "", 200},
		{"GET /v1/health", "/v1/health", "", "", 200},
		{"GET /v1/openapi.json", "/v1/openapi.json", "", "", 200},
	}
	asked := map[string]bool{"POST /v1/support/licenses": true} // to issue
	for _, step := range steps {
		method, _, _ := strings.Cut(step.route, " ")
		got := s.send(method, step.path, step.body, step.call)
		if got.status != step.status {
			t.Errorf("%s: %d %s, want %d", step.route, got.status, got.raw, step.status)
		}
		d.check(t, step.route, got)
		asked[step.route] = true
	}
	for _, r := range routes.All() {
		if r.Path != routes.Default && !asked[r.Key()] {
			t.Errorf("%s was not asked", r.Key())
		}
	}
}

// Paths are matched as sent.
func TestPathsAreMatchedAsSent(t *testing.T) {
	s := start(t, t.TempDir())
	d := s.describe(t)
	tests := []struct {
		method, path string // as they go over the wire
		status       int
		allow        string
	}{
		{"GET", "/v1/keys", 200, ""},
		{"POST", "/v1/keys", 405, "GET"},
		{"OPTIONS", "/v1/activations", 405, "POST"},
		{"DELETE", "/v1/support/licenses/lic_1", 405, "GET, PATCH"},
		{"GET", "/v1/keys/", 404, ""},
		{"GET", "/v1//keys", 404, ""},
		{"GET", "//v1/keys", 404, ""},
		{"GET", "/v1/./keys", 404, ""},
		{"GET", "/v1/x/../keys", 404, ""},
		{"POST", "/v1/activations/../reactivate", 404, ""},
		{"POST", "/v1/activations/%2e%2e/reactivate", 404, ""},
		{"GET", "/v1/activations/%2E/reactivate", 404, ""},
		{"GET", "/v1/%6beys", 404, ""},
		{"GET", "/v1%2fkeys", 404, ""},
		{"GET", "/V1/keys", 404, ""},
		{"GET", "/v1/keys%00", 404, ""},
		{"GET", "/v1/keys%ff", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			request, err := http.NewRequest(tt.method, s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.URL = &url.URL{Scheme: "http", Host: request.URL.Host, Opaque: "//" + request.URL.Host + tt.path}
			got := do(request)
			if got.status != tt.status || got.header.Get("Allow") != tt.allow {
				t.Errorf("%d, Allow %q; want %d, %q: %s", got.status, got.header.Get("Allow"), tt.status, tt.allow, got.raw)
			}
			if tt.status == 405 {
				d.check(t, "POST /v1/activations", got)
			}
		})
	}
}
