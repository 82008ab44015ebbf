package api

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// problemErrors has one error for each example of a problem, by its name.
var problemErrors = map[string]error{
	"malformed-request":           &FieldError{Pointer: "/sequence", Detail: "It must be a whole number."},
	"malformed-request-cursor":    &FieldError{Detail: "The query parameter eventsCursor is none that an answer of ours gave."},
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
