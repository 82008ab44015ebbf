package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/pb33f/libopenapi/datamodel"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/cirruslink/chariot-license/infra/routes"
	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// A description is the API's description, read anew for each test, and its
// schemas compiled as they are asked for.
type description struct {
	t        *testing.T
	root     any
	compiler *jsonschema.Compiler
}

func describe(t *testing.T) *description {
	t.Helper()
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	return &description{t: t, root: root}
}

// at follows members, and references on the way.
func (d *description) at(path ...string) any {
	d.t.Helper()
	value := d.follow(d.root)
	for _, name := range path {
		members, _ := value.(map[string]any)
		if value = d.follow(members[name]); value == nil {
			return nil
		}
	}
	return value
}

func (d *description) follow(value any) any {
	d.t.Helper()
	members, _ := value.(map[string]any)
	reference, ok := members["$ref"].(string)
	if !ok {
		return value
	}
	target := d.at(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
	if target == nil {
		d.t.Fatalf("%s leads nowhere", reference)
	}
	return target
}

// schema compiles the schema at a place.
func (d *description) schema(path ...string) *jsonschema.Schema {
	d.t.Helper()
	if d.compiler == nil {
		d.compiler = jsonschema.NewCompiler()
		d.compiler.DefaultDraft(jsonschema.Draft2020)
		d.compiler.AssertFormat()
		if err := d.compiler.AddResource("https://api.test/openapi.json", d.root); err != nil {
			d.t.Fatal(err)
		}
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	pointer := ""
	for _, name := range path {
		pointer += "/" + escape.Replace(name)
	}
	schema, err := d.compiler.Compile("https://api.test/openapi.json" + (&url.URL{Fragment: pointer}).String())
	if err != nil {
		d.t.Fatalf("the schema at %s: %v", pointer, err)
	}
	return schema
}

// walk visits every object of the document with its place.
func walk(value any, path []string, visit func(path []string, members map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		visit(path, value)
		for name, member := range value {
			walk(member, append(slices.Clone(path), name), visit)
		}
	case []any:
		for i, element := range value {
			walk(element, append(slices.Clone(path), strconv.Itoa(i)), visit)
		}
	}
}

func TestDescriptionIsOpenAPI31(t *testing.T) {
	d := describe(t)
	official, err := jsonschema.UnmarshalJSON(strings.NewReader(datamodel.OpenAPI31SchemaData))
	if err != nil {
		t.Fatal(err)
	}
	const id = "https://spec.openapis.org/oas/3.1/schema/2022-10-07"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(id, official); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(d.root); err != nil {
		t.Error(err)
	}
	if version := d.at("openapi"); version != "3.1.0" {
		t.Errorf("openapi is %v", version)
	}
	if size := len(OpenAPI()); size > 75_000 {
		t.Errorf("it has grown to %d bytes", size)
	}
}

// Whatever is described is used, and whatever is referred to is there.
func TestDescriptionHasNoLooseEnds(t *testing.T) {
	d := describe(t)
	used := map[string]bool{"#/components/securitySchemes/support": true}
	operations := map[any]bool{}
	walk(d.root, nil, func(_ []string, members map[string]any) {
		if reference, ok := members["$ref"].(string); ok {
			used[reference] = true
			d.follow(members)
		}
		if members["responses"] != nil && members["operationId"] != nil {
			operations[members["operationId"]] = true
		}
	})
	for kind, all := range d.at("components").(map[string]any) {
		for name := range all.(map[string]any) {
			if reference := "#/components/" + kind + "/" + name; !used[reference] {
				t.Errorf("nothing uses %s", reference)
			}
		}
	}
	walk(d.root, nil, func(path []string, members map[string]any) {
		if len(path) > 2 && path[len(path)-2] == "links" && !operations[members["operationId"]] {
			t.Errorf("a link leads to no operation: %v", path)
		}
	})
}

func TestDescriptionHasTheRoutes(t *testing.T) {
	d := describe(t)
	described := map[string]bool{} // whether it wants support's identity
	ids := map[any]string{}
	for path, operations := range d.at("paths").(map[string]any) {
		for member := range operations.(map[string]any) {
			if member == "parameters" {
				continue
			}
			key := strings.ToUpper(member) + " " + path
			security, _ := d.at("paths", path, member, "security").([]any)
			described[key] = len(security) == 1
			id := d.at("paths", path, member, "operationId")
			if ids[id] != "" {
				t.Errorf("%s and %s are both %v", ids[id], key, id)
			}
			ids[id] = key
		}
	}
	served := map[string]bool{}
	for _, r := range routes.All() {
		if r.Path != routes.Default {
			served[r.Key()] = r.Auth == routes.Support
		}
	}
	if !maps.Equal(described, served) {
		t.Errorf("described %v\n   served %v", described, served)
	}
}

func TestExamplesAreOfTheirSchema(t *testing.T) {
	d := describe(t)
	n := 0
	check := func(schema *jsonschema.Schema, path []string, example any) {
		n++
		if err := schema.Validate(example); err != nil {
			t.Errorf("%v: %v", path, err)
		}
	}
	walk(d.root, nil, func(path []string, members map[string]any) {
		if list, ok := members["examples"].([]any); ok { // a schema's own
			for _, example := range list {
				check(d.schema(path...), path, example)
			}
		}
		if members["schema"] == nil {
			return
		}
		schema := d.schema(append(slices.Clone(path), "schema")...)
		if example, ok := members["example"]; ok {
			check(schema, path, example)
		}
		examples, _ := members["examples"].(map[string]any)
		for _, example := range examples {
			check(schema, path, d.follow(example).(map[string]any)["value"])
		}
	})
	if n < 60 {
		t.Errorf("only %d examples were found", n)
	}
}

// The examples tell one story, and it is true: the key has the ID and the file,
// the certificate verifies.
func TestExamplesAreTrue(t *testing.T) {
	d := describe(t)
	value := func(path ...string) string {
		text, ok := d.at(append([]string{"components", "examples"}, path...)...).(string)
		if !ok {
			t.Fatalf("no text at %v", path)
		}
		return text
	}
	key, err := license.ParseKey(value("issued", "value", "licenseFile"))
	if err != nil || key.Reveal() != value("activate", "value", "licenseKey") {
		t.Fatalf("the key in the license file: %v", err)
	}
	id, machine := license.ID(value("licensed", "value", "license", "id")), license.Fingerprint(value("activate", "value", "fingerprint"))
	if key.ID() != id {
		t.Errorf("the key is that of %s", key.ID())
	}
	if got := value("issued", "value", "licenseFile"); !strings.Contains(got, string(id)) {
		t.Errorf("the license file is of another license: %s", got)
	}
	if !license.ActivationID(value("licensed", "value", "activation", "id")).IssuedTo(id, machine) {
		t.Error("the activation is of another machine")
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(value("trust-bundle", "value", "trustBundle"), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := certificate.ParseBundle(payload)
	if err != nil {
		t.Fatal(err)
	}
	want := certificate.Expected{Kind: certificate.Activation, License: id, Machine: machine}
	if _, err := certificate.Verify(value("licensed", "value", "certificate"), bundle, want); err != nil {
		t.Errorf("the certificate: %v", err)
	}
}

// problemErrors has one error for each example of a problem, by its name.
var problemErrors = map[string]error{
	"malformed-request":           &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."},
	"malformed-fingerprint":       license.ErrMalformedFingerprint,
	"unauthorized":                errUnauthorized,
	"license-revoked":             license.ErrRevoked,
	"license-suspended":           license.ErrSuspended,
	"license-expired":             &license.ExpiredError{At: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
	"license-not-found":           license.ErrNotFound,
	"activation-not-found":        license.ErrActivationNotFound,
	"route-not-found":             errRouteNotFound,
	"method-not-allowed":          &methodError{allow: "POST"},
	"wrong-deployment":            &license.DeploymentError{Deployment: license.Offline},
	"offline-activation":          license.ErrOfflineActivation,
	"activation-released":         &license.ReleasedError{Sequence: 1795507200000},
	"request-superseded":          &license.SupersededError{Sequence: 1795507200000},
	"request-superseded-revision": &license.RevisionError{Revision: 4},
	"request-superseded-call":     support.ErrCallReused,
	"seats-taken":                 &license.SeatsTakenError{Seats: 5},
	"payload-too-large":           errTooLarge,
	"unsupported-media-type":      errMediaType,
	"rate-limited":                &rateError{after: time.Minute},
	"internal":                    errors.New("anything else"),
	"unavailable":                 license.ErrUnavailable,
}

func TestProblemsAreTheOnesOfTheCode(t *testing.T) {
	d := describe(t)
	described := map[string]bool{}
	for _, kind := range d.at("components", "schemas", "Problem", "properties", "type", "enum").([]any) {
		described[strings.TrimPrefix(kind.(string), problemType)] = true
	}
	produced := map[string]bool{}
	for name, err := range problemErrors {
		problem := problemFor(err)
		produced[problem.code()] = true
		want, ok := d.at("components", "examples", name, "value").(map[string]any)
		if !ok {
			t.Errorf("there is no example %s", name)
			continue
		}
		if want["requestId"] != nil {
			problem.RequestID = want["requestId"].(string)
		}
		if got, want := text(t, problem), text(t, want); got != want {
			t.Errorf("%s is\n%s, its example\n%s", name, got, want)
		}
	}
	if code := codesInSource(t); !maps.Equal(code, produced) {
		t.Errorf("problem.go has %v, the errors of this test come to %v", code, produced)
	}
	if !maps.Equal(described, produced) {
		t.Errorf("described %v\n   in code %v", described, produced)
	}
}

// text is JSON with the members in order of the alphabet.
func text(t *testing.T, value any) string {
	t.Helper()
	once, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(once, &members); err != nil {
		t.Fatal(err)
	}
	for name, member := range members { // Problem's zero values are not sent
		if member == "" || member == float64(0) {
			delete(members, name)
		}
	}
	again, _ := json.Marshal(members)
	return string(again)
}

// codesInSource are the codes that problem.go can answer: the second argument of
// each call of problem.
func codesInSource(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 3 {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "problem" {
			code, err := strconv.Unquote(call.Args[1].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[code] = true
		}
		return true
	})
	return codes
}

// closed makes the schemas of answers refuse members that they do not describe:
// what is sent is to be described, whatever clients must be ready for.
func (d *description) closed() *description {
	for name, schema := range d.at("components", "schemas").(map[string]any) {
		if strings.HasSuffix(name, "Request") {
			continue
		}
		walk(schema, nil, func(_ []string, members map[string]any) {
			if members["properties"] != nil && members["type"] == "object" {
				members["additionalProperties"] = false
			}
		})
	}
	return d
}

// checkReply holds an answer against what is described of its route.
func (d *description) checkReply(t *testing.T, route string, got events.APIGatewayV2HTTPResponse) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	place := []string{"paths", path, strings.ToLower(method), "responses", strconv.Itoa(got.StatusCode)}
	response, ok := d.at(place...).(map[string]any)
	if !ok {
		t.Fatalf("%s: %d is not described: %s", route, got.StatusCode, got.Body)
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(got.Body))
	if err != nil {
		t.Fatalf("%s: %v", got.Body, err)
	}
	kind := got.Headers["content-type"]
	content, ok := response["content"].(map[string]any)[kind].(map[string]any)
	if !ok {
		t.Fatalf("%s: %d as %s is not described", route, got.StatusCode, kind)
	}
	reference, _ := content["schema"].(map[string]any)["$ref"].(string)
	if reference != "" {
		if err := d.schema(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...).Validate(body); err != nil {
			t.Errorf("%s: %v in %s", route, err, got.Body)
		}
	}
	if kind == "application/problem+json" {
		code := body.(map[string]any)["type"]
		if !slices.ContainsFunc(slices.Collect(maps.Values(content["examples"].(map[string]any))), func(example any) bool {
			return d.follow(example).(map[string]any)["value"].(map[string]any)["type"] == code
		}) {
			t.Errorf("%s: %v is not among the examples of %d", route, code, got.StatusCode)
		}
	}
	d.checkHeaders(t, route, response["headers"].(map[string]any), got)
}

func (d *description) checkHeaders(t *testing.T, route string, described map[string]any, got events.APIGatewayV2HTTPResponse) {
	t.Helper()
	for name := range got.Headers {
		if described[name] == nil && name != "content-type" && name != "x-content-type-options" {
			t.Errorf("%s: %d has the header %s, which is not described", route, got.StatusCode, name)
		}
	}
	for name, header := range described {
		header := d.follow(header).(map[string]any)
		value, sent := got.Headers[name]
		if !sent {
			if header["required"] == true && name != "apigw-requestid" { // the gateway's
				t.Errorf("%s: %d lacks the header %s", route, got.StatusCode, name)
			}
			continue
		}
		var parsed any = value
		if d.follow(header["schema"]).(map[string]any)["type"] == "integer" {
			parsed = json.Number(value)
		}
		reference := strings.TrimPrefix(d.headerReference(name), "#/")
		if err := d.schema(append(strings.Split(reference, "/"), "schema")...).Validate(parsed); err != nil {
			t.Errorf("%s: header %s: %v", route, name, err)
		}
	}
}

// headerReference is where a header is described; all are in components.
func (d *description) headerReference(name string) (reference string) {
	walk(d.at("components", "responses"), nil, func(path []string, members map[string]any) {
		if len(path) == 3 && path[1] == "headers" && path[2] == name {
			reference, _ = members["$ref"].(string)
		}
	})
	return reference
}

// A desk is a use case whose answer the test sets: of machines and of support.
type desk struct {
	licensed *activation.Licensed
	record   support.Record
	held     map[license.Fingerprint]*license.Activation
	call     *support.Call
	failed   int64 // look-ups of this network
	err      error
}

func (d *desk) Activate(context.Context, activation.Activate) (*activation.Licensed, error) {
	return d.licensed, d.err
}

func (d *desk) Reactivate(context.Context, activation.Reactivate) (*activation.Licensed, error) {
	again := *d.licensed
	again.New = false
	return &again, d.err
}

func (d *desk) Deactivate(context.Context, activation.Deactivate) (*license.License, error) {
	return &d.licensed.License, d.err
}
func (d *desk) TrustBundle(context.Context) (string, error) { return "e30.e30.AA", d.err }

func (d *desk) Count(context.Context, string, time.Time) (int64, error) { return d.failed, nil }

func (d *desk) Call(context.Context, string) (*support.Call, error) { return d.call, nil }

func (d *desk) Write(_ context.Context, change support.Change) error {
	d.record.License.ID = change.After.License.ID
	return nil
}

func (d *desk) Record(context.Context, support.Call, time.Time) error { return nil }

func (d *desk) Release(context.Context, license.SeatChange, support.Call) error { return nil }

func (d *desk) Grants(context.Context, license.ID) ([]license.Grant, error) { return nil, nil }

func (d *desk) Secret(context.Context, license.ID) ([]byte, error) { return []byte("sealed"), nil }

func (d *desk) Encrypt(context.Context, []byte, license.ID) ([]byte, error) {
	return []byte("sealed"), nil
}

func (d *desk) Decrypt(context.Context, []byte, license.ID) ([]byte, error) {
	return []byte(exampleKey().Reveal()), nil
}

func (d *desk) Records(_ context.Context, ids ...license.ID) ([]support.Record, error) {
	if slices.Contains(ids, d.record.License.ID) {
		return []support.Record{d.record}, d.err
	}
	return nil, d.err
}

func (d *desk) Machines(context.Context, license.ID, ...license.Fingerprint) (*activation.Snapshot, error) {
	return &activation.Snapshot{License: d.record.License, Activations: d.held}, d.err
}

func (d *desk) Activations(context.Context, license.ID, string) (page []license.Activation, next string, err error) {
	for _, a := range d.held {
		page = append(page, *a)
	}
	return page, "next", d.err
}

func (d *desk) Events(context.Context, license.ID, string) ([]license.Event, string, error) {
	return []license.Event{
		{ID: license.NewULID(noon, [10]byte{1}), At: noon, Kind: license.Moved, Actor: license.MachineActor, Activation: "act_" + license.ActivationID(strings.Repeat("0", 32)), Machine: machineA, Hostname: "plant-7"},
		{ID: license.NewULID(noon, [10]byte{}), At: noon, Kind: license.Changed, Actor: license.SupportPrefix + "ann", Reason: "asked", Changes: []string{"seats 3 → 5"}},
	}, "next", d.err
}

func (d *desk) Search(context.Context, string, string) ([]license.ID, string, error) {
	return []license.ID{d.record.License.ID}, "next", d.err
}

var (
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	machineA = license.Fingerprint(strings.Repeat("a", 64))
	machineB = license.Fingerprint(strings.Repeat("b", 64))
)

func exampleKey() license.Key { return license.NewKey([16]byte{7}) }

// newDesk has a license with all there is to say, and what became of two machines.
func newDesk() *desk {
	l := license.License{
		ID: exampleKey().ID(), Deployment: license.Online, State: license.Active, Seats: 2, Used: 1, Expires: noon, Revision: 3, CreatedAt: noon,
		Features: []license.Feature{{Name: "mqtt-server", Until: noon}, {Name: "iot-bridge-snowflake", Metered: true}},
		Terms:    license.Terms{Enforce: license.Stop, GraceDays: 30, ContactDays: 90},
	}
	id := license.NewActivationID(l.ID, machineA, [17]byte{1})
	open := license.Activation{Fingerprint: machineA, State: license.Holding, ID: id, Sequence: 1, ActivatedAt: noon, Machine: license.Machine{Hostname: "plant-7", Version: "3.0.1"}}
	moved := license.Activation{Fingerprint: machineB, State: license.Closed, ID: id, Sequence: 1, ActivatedAt: noon, ClosedAt: noon, Moved: license.Move{ID: id, To: machineA, ToID: id}}
	return &desk{
		licensed: &activation.Licensed{Activation: open, License: l, Certificate: "e30.e30.AA", New: true},
		record:   support.Record{License: l, About: support.About{ContactEmail: "plant@example.com", Reference: "PO", Note: "two\nlines"}},
		held:     map[license.Fingerprint]*license.Activation{machineA: &open, machineB: &moved},
	}
}

func (d *desk) routes() Routes {
	all := Routes{}
	limit := &Limiter{Failed: d, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	service := &support.Service{Reader: d, Writer: d, Cipher: d, Now: func() time.Time { return noon }}
	for _, some := range []Routes{Activate(d, limit), Reactivate(d, limit), Deactivate(d, limit), Keys(d), Support(service)} {
		maps.Copy(all, some)
	}
	return all
}

// ask sends a request to a route as the gateway does.
func (d *desk) ask(route, body string) (*Request, events.APIGatewayV2HTTPResponse) {
	method, path, _ := strings.Cut(route, " ")
	r := &Request{
		RouteKey: route, RawPath: path, Body: body,
		Headers:        map[string]string{"content-type": "application/json", "idempotency-key": "k"},
		PathParameters: map[string]string{"licenseId": string(d.record.License.ID), "activationId": string(d.licensed.Activation.ID)},
	}
	r.RequestContext.RequestID = "EhM_Rk8Ok--YcVM="
	r.RequestContext.HTTP.Method, r.RequestContext.HTTP.Path = method, path
	r.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"email": "ann@example.com"}},
	}
	return r, d.serve(r)
}

func (d *desk) serve(r *Request) events.APIGatewayV2HTTPResponse {
	response, _ := Serve(slog.New(slog.DiscardHandler), d.routes())(context.Background(), *r)
	return response
}

const (
	activatePath   = "POST /v1/activations"
	reactivatePath = "POST /v1/activations/{activationId}/reactivate"
	deactivatePath = "POST /v1/activations/{activationId}/deactivate"
	issuePath      = "POST /v1/support/licenses"
	showPath       = "GET /v1/support/licenses/{licenseId}"
	changePath     = "PATCH /v1/support/licenses/{licenseId}"
	restorePath    = "POST /v1/support/licenses/{licenseId}/restorations"
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
		add(route, "sequence", true, nil, 0, 1795507200000, json.Number("9223372036854775807"))
		add(route, "sequence", false, -1, json.Number("9223372036854775808"), 1.5, "1", true)
		add(route, "unknown", true, nil, 1, object{"a": 1})
	}
	add(activatePath, "machine", true, nil, object{}, object{"x": 1}, object{"hostname": nil}, object{"hostname": long(253), "chariotVersion": long(64)}, object{"hostname": " "})
	add(activatePath, "machine", false, "x", []any{}, object{"hostname": long(254)}, object{"chariotVersion": long(65)}, object{"hostname": "a\nb"}, object{"hostname": "\u009f"}, object{"chariotVersion": 3})
	add(reactivatePath, "newFingerprint", true, nil, string(machineB))
	add(reactivatePath, "newFingerprint", false, "", "x", 1)

	add(issuePath, "deployment", true, "online", "offline", "floating")
	add(issuePath, "deployment", false, nil, "", "leased", "marketplace", "Online", 1)
	add(issuePath, "seats", true, 1, 1_000_000)
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
	for _, route := range []string{issuePath, changePath, restorePath, searchPath} {
		add(route, "unknown", false, nil, 1)
	}

	add(changePath, "revision", true, nil, 3, -1)
	add(changePath, "revision", false, "3", 1.5, json.Number("9223372036854775808"))
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
	for _, route := range []string{changePath, restorePath} {
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
			r.RequestContext.HTTP.Method = tt.method
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
