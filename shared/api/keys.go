package api

import (
	"context"
	_ "embed"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// TrustReader reads the signed trust bundle as the operator published it.
type TrustReader interface {
	TrustBundle(context.Context) (string, error)
}

//go:embed openapi.json
var openAPI []byte

// OpenAPI is the description of the HTTP API, in OpenAPI 3.1.
func OpenAPI() []byte { return slices.Clone(openAPI) }

// Keys are the routes of function keys. It also answers what no other route
// takes, by what the API's description says of the path.
func Keys(trust TrustReader) Routes {
	paths := describedPaths()
	return Routes{
		"GET /v1/keys": func(ctx context.Context, _ *Request) (*Reply, error) {
			bundle, err := trust.TrustBundle(ctx)
			if err != nil {
				return nil, err
			}
			return &Reply{http.StatusOK, map[string]string{"trustBundle": bundle}}, nil
		},
		"GET /v1/openapi.json": func(context.Context, *Request) (*Reply, error) {
			return &Reply{http.StatusOK, rawJSON(openAPI)}, nil
		},
		"GET /v1/health": func(ctx context.Context, _ *Request) (*Reply, error) {
			if _, err := trust.TrustBundle(ctx); err != nil {
				return nil, err
			}
			return &Reply{http.StatusOK, map[string]string{"status": "ok"}}, nil
		},
		"$default": func(_ context.Context, r *Request) (*Reply, error) {
			return nil, unanswered(paths, r.RawPath, r.RequestContext.HTTP.Method)
		},
	}
}

// unanswered says what is wrong with a request that no route takes.
//
// The path comes decoded. So one whose method fits was sent encoded, and is no
// path of ours; one whose method does not fit may have been either.
func unanswered(paths []describedPath, path, method string) error {
	asked := strings.Split(path, "/")
	for _, p := range paths {
		if !p.matches(asked) {
			continue
		}
		if slices.Contains(p.methods, method) {
			return errRouteNotFound
		}
		return &methodError{allow: strings.Join(p.methods, ", ")}
	}
	return errRouteNotFound
}

// A describedPath is a path of the API's description, cut at the slashes, with
// its methods in order of the alphabet.
type describedPath struct {
	segments []string
	methods  []string
}

// describedPaths reads the paths of the API's description. What is more exact
// comes first.
func describedPaths() (paths []describedPath) {
	var description struct {
		Paths map[string]map[string]jsontext.Value `json:"paths"`
	}
	if err := json.Unmarshal(openAPI, &description); err != nil {
		panic(err) // it is built in, and a test reads it
	}
	for _, path := range slices.Sorted(maps.Keys(description.Paths)) { // "{" sorts behind letters and digits
		p := describedPath{segments: strings.Split(path, "/")}
		for member := range description.Paths[path] {
			if slices.Contains([]string{"get", "post", "patch"}, member) {
				p.methods = append(p.methods, strings.ToUpper(member))
			}
		}
		slices.Sort(p.methods)
		paths = append(paths, p)
	}
	return paths
}

// matches reports whether asked is this path. No segment that is empty, or a
// direction, stands for a parameter.
func (p describedPath) matches(asked []string) bool {
	return slices.EqualFunc(p.segments, asked, func(segment, asked string) bool {
		if strings.HasPrefix(segment, "{") {
			return asked != "" && asked != "." && asked != ".."
		}
		return segment == asked
	})
}
