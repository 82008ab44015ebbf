package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

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
