package api

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// A problemRow is an error by its name in the source, and the problem that it is.
type problemRow struct {
	name string
	err  error
	want *Problem
}

func told(status int, code, detail string, with ...func(*Problem)) *Problem {
	p := &Problem{Type: "urn:chariot:problem:" + code, Title: http.StatusText(status), Status: status, Detail: detail}
	for _, change := range with {
		change(p)
	}
	return p
}

func later(p *Problem) { p.retryAfter = time.Second }

const (
	busy     = "Busy, or out of order for a moment. Nothing is lost: send the same request again."
	ourFault = "Our fault. Try again later; if it stays, give support the request ID."
)

// problemRows are all errors that an answer is made of.
func problemRows() []problemRow {
	return []problemRow{
		{"license.ErrNotFound", license.ErrNotFound, told(404, "license-not-found", "No such license. Compare the license key with the license file, or paste the whole file.")},
		{"license.ErrRevoked", license.ErrRevoked, told(403, "license-revoked", "This license was revoked, for good. Contact Cirrus Link Support.")},
		{"license.ErrSuspended", license.ErrSuspended, told(403, "license-suspended", "This license is suspended. Contact Cirrus Link Support to have it reinstated.")},
		{"license.ExpiredError", &license.ExpiredError{At: today}, told(403, "license-expired", "This license ended at 2026-11-24T12:00:00Z. Renew it, then try again.")},
		{"license.DeploymentError", &license.DeploymentError{Deployment: "floating"}, told(409, "wrong-deployment", "This is a license for floating activation. Choose that way on the License page, or ask Cirrus Link Support for another license.")},
		{"license.ErrOfflineActivation", license.ErrOfflineActivation, told(409, "offline-activation", "This license is activated offline. Generate a new activation request on the machine: its activation code brings the updates.")},
		{"license.ErrActivationNotFound", license.ErrActivationNotFound, told(404, "activation-not-found", "This machine has no such activation. Activate the license on it.")},
		{"license.ReleasedError", &license.ReleasedError{Sequence: 6}, told(409, "activation-released", "The seat of this machine was given back by support. Activate it again by hand if it still needs one.", func(p *Problem) { p.Sequence = 6 })},
		{"license.SupersededError", &license.SupersededError{Sequence: 7}, told(409, "request-superseded", "A newer request of this machine was seen, or its clock runs ahead. Activate again if it still needs a seat.", func(p *Problem) { p.Sequence = 7 })},
		{"license.RevisionError", &license.RevisionError{Revision: 3}, told(409, "request-superseded", "The license has changed since you read it: it is at revision 3 now. Look at it again, then change it.", func(p *Problem) { p.Revision = 3 })},
		{"support.ErrCallReused", support.ErrCallReused, told(409, "request-superseded", "This Idempotency-Key belongs to another request. Choose a new one for a new request.")},
		{"license.SeatsTakenError", &license.SeatsTakenError{Seats: 5}, told(409, "seats-taken", "All seats of this license (5) are taken. Deactivate a machine that no longer needs one, or ask support to restore the seat of one that is gone.", func(p *Problem) { p.Seats = 5 })},

		{"support.ErrTooManyFeatures", support.ErrTooManyFeatures, told(400, "malformed-request", "addFeatures: A license may have up to 20 features.", func(p *Problem) { p.Pointer = "/addFeatures" })},
		{"api.FieldError", &FieldError{Pointer: "/a/b", Detail: "It is %d wrong."}, told(400, "malformed-request", "a/b: It is %d wrong.", func(p *Problem) { p.Pointer = "/a/b" })},
		{"api.FieldError", &FieldError{Detail: "It is %d wrong."}, told(400, "malformed-request", "It is %d wrong.")},
		{"support.ErrTooManyFeatures", support.ErrTooManyFeatures, told(400, "malformed-request", "addFeatures: A license may have up to 20 features.", func(p *Problem) { p.Pointer = "/addFeatures" })},
		{"license.ErrMalformedFingerprint", license.ErrMalformedFingerprint, told(400, "malformed-fingerprint", "A fingerprint is 64 lower-case hexadecimal digits.")},
		{"api.errUnauthorized", errUnauthorized, told(401, "unauthorized", "Sign in as support first.")},
		{"api.errTooLarge", errTooLarge, told(413, "payload-too-large", "The body may have up to 16 KB.")},
		{"api.errMediaType", errMediaType, told(415, "unsupported-media-type", "Send JSON, with the header Content-Type: application/json.")},
		{"api.errRouteNotFound", errRouteNotFound, told(404, "route-not-found", "There is nothing at this path. GET /v1/openapi.json describes what there is.")},
		{"api.methodError", &methodError{allow: "GET, POST"}, told(405, "method-not-allowed", "This path answers GET, POST.", func(p *Problem) { p.allow = "GET, POST" })},
		{"api.rateError", &rateError{after: 9 * time.Second}, told(429, "rate-limited", "Too many unknown license keys came from your network. Compare the key with the license file, and try again in a minute.", func(p *Problem) { p.retryAfter = 9 * time.Second })},

		{"license.ErrUnavailable", license.ErrUnavailable, told(503, "unavailable", busy, later)},
		{"license.ErrUnknown", license.ErrUnknown, told(503, "unavailable", busy, later)},
		{"license.ErrStale", license.ErrStale, told(503, "unavailable", busy, later)},

		// These never leave their callers; should one, it is our fault.
		{"license.ErrControlCharacter", license.ErrControlCharacter, told(500, "internal", ourFault)},
		{"license.ErrNoKey", license.ErrNoKey, told(500, "internal", ourFault)},
		{"license.ErrTwoKeys", license.ErrTwoKeys, told(500, "internal", ourFault)},
		{"license.TypoError", &license.TypoError{Group: 2, What: "is missing"}, told(500, "internal", ourFault)},
		{"license.ErrMalformedID", license.ErrMalformedID, told(500, "internal", ourFault)},
		{"api.errNoReply", errNoReply, told(500, "internal", ourFault)},
	}
}

func TestProblemFor(t *testing.T) {
	for _, tt := range problemRows() {
		t.Run(tt.name, func(t *testing.T) {
			for _, err := range []error{
				tt.err, fmt.Errorf("canary: %w", tt.err), errors.Join(errors.New("canary"), tt.err), fmt.Errorf("%w: %w", tt.err, errors.New("canary")),
			} {
				if got := problemFor(err); !reflect.DeepEqual(got, tt.want) {
					t.Errorf("%v: %+v\nwant %+v", err, got, tt.want)
				}
			}
		})
	}
}

func TestUnknownErrorsAreOurFault(t *testing.T) {
	for _, err := range []error{errors.New("canary"), context.Canceled, context.DeadlineExceeded, fs.ErrNotExist, fmt.Errorf("canary: %v", license.ErrNotFound)} {
		if got, want := problemFor(err), told(500, "internal", ourFault); !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %+v, want %+v", err, got, want)
		}
	}
}

// A code has one status, and one cause, but for the three ways of being late.
// What is malformed is told by its pointer.
func TestEachCodeHasOneCause(t *testing.T) {
	status, details := map[string]int{}, map[string]map[string]bool{}
	for _, tt := range problemRows() {
		code := tt.want.code()
		if known, ok := status[code]; ok && known != tt.want.Status {
			t.Errorf("%s has status %d and %d", code, known, tt.want.Status)
		}
		status[code] = tt.want.Status
		if details[code] == nil {
			details[code] = map[string]bool{}
		}
		details[code][tt.want.Detail] = true
	}
	delete(details, "malformed-request")
	for code, sentences := range details {
		if want := map[string]int{"request-superseded": 3}[code]; len(sentences) != max(1, want) {
			t.Errorf("%s says %d sentences", code, len(sentences))
		}
	}
}

// Whoever adds an error must say above what its problem is.
func TestEveryErrorIsInTheTable(t *testing.T) {
	table := map[string]bool{}
	for _, tt := range problemRows() {
		table[tt.name] = true
	}
	found := 0
	for _, folder := range []string{"../license", "../support", "."} {
		for _, name := range errorsDeclared(t, folder) {
			found++
			if !table[name] {
				t.Errorf("%s is not in problemRows", name)
			}
			delete(table, name)
		}
	}
	for name := range table {
		t.Errorf("%s is in problemRows, but there is no such error", name)
	}
	if found < 25 {
		t.Errorf("only %d errors were found", found)
	}
}

// errorsDeclared finds what is declared with errors.New, and the types that are
// errors, in the sources of a package.
func errorsDeclared(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, value := range n.Values {
					if call, ok := value.(*ast.CallExpr); ok {
						if made, ok := call.Fun.(*ast.SelectorExpr); ok && fmt.Sprint(made.X) == "errors" && made.Sel.Name == "New" {
							names = append(names, file.Name.Name+"."+n.Names[i].Name)
						}
					}
				}
			case *ast.FuncDecl:
				if n.Name.Name == "Error" && n.Recv != nil {
					if pointer, ok := n.Recv.List[0].Type.(*ast.StarExpr); ok {
						names = append(names, file.Name.Name+"."+fmt.Sprint(pointer.X))
					}
				}
			}
			return true
		})
	}
	return names
}
