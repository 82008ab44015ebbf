package api

import (
	"context"
	_ "embed"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
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
			allow := methodsOf(paths, r.RawPath)
			if allow == "" || strings.Contains(allow, r.RequestContext.HTTP.Method) {
				return nil, errRouteNotFound // rawPath is decoded: the path as sent is none of ours
			}
			return nil, &methodError{allow}
		},
	}
}

// describedPaths returns the methods of each path in the API's description.
func describedPaths() map[string]string {
	var description struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(openAPI, &description); err != nil {
		panic(err) // it is built in, and a test reads it
	}
	paths := map[string]string{}
	for path, operations := range description.Paths {
		var methods []string
		for method := range operations {
			if slices.Contains([]string{"get", "post", "patch"}, method) {
				methods = append(methods, strings.ToUpper(method))
			}
		}
		slices.Sort(methods)
		paths[path] = strings.Join(methods, ", ")
	}
	return paths
}

// methodsOf returns what a path answers to; empty if there is no such path.
func methodsOf(paths map[string]string, rawPath string) string {
	asked := strings.Split(rawPath, "/")
	for path, methods := range paths {
		if slices.EqualFunc(strings.Split(path, "/"), asked, func(template, segment string) bool {
			return template == segment || strings.HasPrefix(template, "{") && segment != ""
		}) {
			return methods
		}
	}
	return ""
}
