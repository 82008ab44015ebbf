package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// Nothing that a reader needs is missing: names and words for every operation,
// the statuses that it can come to, and an example for every body.
func TestDescriptionIsComplete(t *testing.T) {
	d := describe(t)
	for _, route := range routes.All() {
		if route.Path == routes.Default {
			continue
		}
		operation := d.at("paths", route.Path, strings.ToLower(route.Method)).(map[string]any)
		for _, member := range []string{"operationId", "summary", "description", "tags"} {
			if operation[member] == nil {
				t.Errorf("%s has no %s", route.Key(), member)
			}
		}
		statuses := []int{405, 429, 431, 500, 503}
		if route.Method != http.MethodGet {
			statuses = append(statuses, 400, 413, 415)
		}
		if route.Auth == routes.Support {
			statuses = append(statuses, 401, 403)
		}
		for _, status := range statuses {
			if d.at("paths", route.Path, strings.ToLower(route.Method), "responses", fmt.Sprint(status)) == nil {
				t.Errorf("%s says nothing about %d", route.Key(), status)
			}
		}
	}
	walk(d.root, nil, func(path []string, members map[string]any) {
		for _, member := range needed(path, members) {
			if members[member] == nil {
				t.Errorf("%s has no %s", strings.Join(path, "/"), member)
			}
		}
	})
}

// needed names the members that a part of the description must have.
func needed(path []string, members map[string]any) []string {
	if members["$ref"] != nil || len(path) < 2 {
		return nil
	}
	switch path[len(path)-2] { // what kind of part it is
	case "parameters":
		return []string{"description", "example"}
	case "headers", "schemas":
		return []string{"description"}
	case "responses":
		return []string{"description", "headers", "content"}
	case "content":
		if members["example"] == nil {
			return []string{"examples"}
		}
	case "examples":
		if path[0] == "components" && members["value"] != nil {
			return []string{"summary"}
		}
	}
	return nil
}

// What a caller fills in is explained, member by member.
func TestMembersOfRequestsAreExplained(t *testing.T) {
	d := describe(t)
	for name, schema := range d.at("components", "schemas").(map[string]any) {
		if !strings.HasSuffix(name, "Request") {
			continue
		}
		for member, of := range schema.(map[string]any)["properties"].(map[string]any) {
			if of.(map[string]any)["description"] == nil && d.follow(of).(map[string]any)["description"] == nil {
				t.Errorf("%s.%s is not explained", name, member)
			}
		}
	}
}

// Every problem is shown where it may come: TestRefusalsAreAsDescribed and its like
// hold the answers against these examples.
func TestEveryProblemHasItsExamples(t *testing.T) {
	d := describe(t)
	used := map[string]bool{}
	walk(d.at("components", "responses"), nil, func(path []string, members map[string]any) {
		if len(path) < 2 || path[len(path)-1] != "application/problem+json" {
			return
		}
		for name := range members["examples"].(map[string]any) {
			used[name] = true
		}
	})
	for name := range problemErrors {
		if !used[name] {
			t.Errorf("no response shows the problem %s", name)
		}
	}
}

// Limits of the query and of headers count characters, as their schemas do.
func TestParametersAreAsDescribed(t *testing.T) {
	d := describe(t)
	long := func(n int) string { return strings.Repeat("ä", n) }
	tests := []struct {
		parameter, route, value string
		good                    bool
	}{
		{"ActivationsCursor", showPath, long(100), true},
		{"ActivationsCursor", showPath, long(101), false},
		{"EventsCursor", showPath, long(100), true},
		{"EventsCursor", showPath, long(101), false},
		{"IdempotencyKey", issuePath, "k", true},
		{"IdempotencyKey", issuePath, long(255), true},
		{"IdempotencyKey", issuePath, long(256), false},
		{"IdempotencyKey", issuePath, "", false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %.3s %d", tt.parameter, tt.value, len(tt.value)), func(t *testing.T) {
			name := d.at("components", "parameters", tt.parameter, "name").(string)
			desk := newDesk()
			request, _ := desk.ask(tt.route, goodBodies()[tt.route])
			request.QueryStringParameters = map[string]string{name: tt.value}
			if d.at("components", "parameters", tt.parameter, "in") == "header" {
				request.Headers[strings.ToLower(name)] = tt.value
			}
			got := desk.serve(request)
			d.checkReply(t, tt.route, got)
			described := d.schema("components", "parameters", tt.parameter, "schema").Validate(tt.value) == nil
			if taken := got.StatusCode < 300; taken != tt.good || described != tt.good {
				t.Errorf("described as good: %v, taken: %v (%s); want %v", described, taken, got.Body, tt.good)
			}
		})
	}
}
