package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// story sends the examples of the API's description in an order in which each is
// answered well. An activation and a license begin where they are issued.
var story = []struct {
	route, example string
	status         int
}{
	{"POST /v1/support/licenses", "issue-term", 201},
	{"POST /v1/support/licenses", "issue", 201},
	{"POST /v1/activations", "activate", 201},
	{"POST /v1/activations", "activate-pasted", 200},
	{"POST /v1/activations/{activationId}/reactivate", "reactivate", 200},
	{"GET /v1/support/licenses/{licenseId}", "", 200},
	{"POST /v1/support/searches", "search", 200},
	{"PATCH /v1/support/licenses/{licenseId}", "change-seats", 200},
	{"POST /v1/support/licenses/{licenseId}/keys", "replace-key", 201},
	{"POST /v1/activations/{activationId}/reactivate", "move", 200},
	{"POST /v1/activations/{activationId}/deactivate", "deactivate", 200},
	{"POST /v1/activations", "activate", 201},
	{"POST /v1/support/licenses/{licenseId}/restorations", "restore", 200},
	{"PATCH /v1/support/licenses/{licenseId}", "suspend", 200},
	{"GET /v1/keys", "", 200},
	{"GET /v1/health", "", 200},
	{"GET /v1/openapi.json", "", 200},
}

// Every example of a request is sent as it stands, but for what is new in each
// life: key, IDs, revision, and the time in the sequence.
func TestExamplesOfRequestsAreAnsweredWell(t *testing.T) {
	s := start(t, t.TempDir())
	d := s.describe(t)
	const key = "CHARIOT-1VEM9-9JS35-41CY0-3MA30-N0WJ9-W"
	now := time.Now().UnixMilli()
	lived := map[string]string{} // what stands here for a name of the examples
	sent := map[string]bool{}
	for i, step := range story {
		pairs := []string{"17955072000", fmt.Sprint(now + 1000*int64(i))[:11], `"revision":3`, `"revision":1`}
		for example, value := range lived {
			pairs = append(pairs, example, value, strings.ToLower(example), strings.ToLower(value))
		}
		filled := strings.NewReplacer(pairs...)
		method, path, _ := strings.Cut(step.route, " ")
		body, err := json.Marshal(d.find("components", "examples", step.example)["value"])
		if err != nil {
			t.Fatal(err)
		}
		path = strings.NewReplacer("{activationId}", lived[d.example("ActivationId")], "{licenseId}", lived[d.example("LicenseId")]).Replace(path)
		got := s.send(method, path, filled.Replace(string(body)), fmt.Sprint("step ", i))
		if got.status != step.status {
			t.Fatalf("%s %s: %d %s, want %d", step.route, step.example, got.status, got.raw, step.status)
		}
		d.check(t, step.route, got)
		sent[step.route+" "+step.example] = true
		for example, value := range map[string]any{
			key: got.at("licenseKey"), d.example("LicenseId"): got.at("license", "id"), d.example("ActivationId"): got.at("activation", "id"),
		} {
			if text, ok := value.(string); ok {
				lived[example] = text
			}
		}
	}
	d.wantSent(t, sent)
}

// wantSent looks for examples of requests that the story left out.
func (d *description) wantSent(t *testing.T, sent map[string]bool) {
	t.Helper()
	for _, r := range routes.All() {
		content := d.find("paths", r.Path, strings.ToLower(r.Method), "requestBody", "content", "application/json", "examples")
		if r.Method == http.MethodGet {
			content = map[string]any{"": nil}
		}
		for example := range content {
			if !sent[r.Key()+" "+example] {
				t.Errorf("%s: the example %q was not sent", r.Key(), example)
			}
		}
	}
}

// example is the value that a parameter has in the examples.
func (d *description) example(parameter string) string {
	return d.find("components", "parameters", parameter)["example"].(string)
}
