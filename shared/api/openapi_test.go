package api

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi/datamodel"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/cirruslink/chariot-license/infra/routes"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
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
	if size := len(OpenAPI()); size > 90_000 {
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
	replaced, err := license.ParseKey(value("key-replaced", "value", "licenseFile"))
	if err != nil || replaced == key || replaced.Reveal() != value("key-replaced", "value", "licenseKey") {
		t.Errorf("the key in the file with the replaced one: %v", err)
	}
	if got := value("key-replaced", "value", "licenseFile"); !strings.Contains(got, string(id)) || value("key-replaced", "value", "license", "id") != string(id) {
		t.Errorf("the license whose key was replaced is another one: %s", got)
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
