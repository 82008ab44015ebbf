package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/cirruslink/chariot-license/infra/local/gateway"
	"github.com/cirruslink/chariot-license/infra/routes"
)

const token = "the-support-token"

// invoker is a function of the test itself.
type invoker func(context.Context, []byte) ([]byte, error)

func (f invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// fake is a function that keeps the last event and answers as it is told.
type fake struct {
	event  events.APIGatewayV2HTTPRequest
	raw    []byte
	answer string
	err    error
}

func (f *fake) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	f.raw, f.event = payload, events.APIGatewayV2HTTPRequest{}
	if err := json.Unmarshal(payload, &f.event); err != nil {
		return nil, err
	}
	return []byte(f.answer), f.err
}

var table = []routes.Route{
	{Method: "POST", Path: "/v1/things", Function: "f"},
	{Method: "GET", Path: "/v1/things/{id}", Function: "f"},
	{Method: "GET", Path: "/v1/things/new", Function: "f"},
	{Method: "POST", Path: "/v1/things/{id}/{verb}", Function: "f"},
	{Method: "POST", Path: "/v1/things/{id}/close", Function: "f"},
	{Method: "GET", Path: "/v1/support/{id}", Function: "f", Auth: routes.Support},
	{Path: routes.Default, Function: "f"},
}

func newGateway(t *testing.T, f gateway.Invoker) *gateway.Gateway {
	t.Helper()
	g, err := gateway.New(gateway.Settings{Routes: table, Functions: map[string]gateway.Invoker{"f": f}, SupportToken: token})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func get(g http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

func TestRoutes(t *testing.T) {
	tests := []struct {
		method, target, route string
		parameters            map[string]string
	}{
		{"POST", "/v1/things", "POST /v1/things", nil},
		{"POST", "/v1/things?x=/y", "POST /v1/things", nil},
		{"POST", "http://example.com/v1/things", "POST /v1/things", nil},
		{"GET", "/v1/things/a%2Fb%20c", "GET /v1/things/{id}", map[string]string{"id": "a/b c"}},
		{"GET", "/v1/things/..a", "GET /v1/things/{id}", map[string]string{"id": "..a"}},
		{"GET", "/v1/things/new", "GET /v1/things/new", nil},
		{"POST", "/v1/things/1/close", "POST /v1/things/{id}/close", map[string]string{"id": "1"}},
		{"POST", "/v1/things/1/open", "POST /v1/things/{id}/{verb}", map[string]string{"id": "1", "verb": "open"}},
		{"GET", "/v1/things", "$default", nil},
		{"HEAD", "/v1/things/1", "$default", nil},
		{"OPTIONS", "/v1/things", "$default", nil},
		{"OPTIONS", "*", "$default", nil},
		{"POST", "/v1/things/", "$default", nil},
		{"POST", "//v1/things", "$default", nil},
		{"POST", "/v1//things", "$default", nil},
		{"POST", "/v1/x/../things", "$default", nil},
		{"POST", "/v1/./things", "$default", nil},
		{"POST", "/v1/%74hings", "$default", nil},
		{"GET", "/v1/things/..", "$default", nil},
		{"GET", "/v1/things/%2e%2E", "$default", nil},
		{"GET", "/v1/things/.", "$default", nil},
		{"POST", "/v1/things//close", "$default", nil},
		{"GET", "/", "$default", nil},
	}
	f := &fake{answer: "{}"}
	g := newGateway(t, f)
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			w := get(g, httptest.NewRequest(tt.method, tt.target, nil))
			if w.Code != 200 || f.event.RouteKey != tt.route || f.event.RequestContext.RouteKey != tt.route {
				t.Errorf("status %d, route %q, want %q", w.Code, f.event.RouteKey, tt.route)
			}
			if !reflect.DeepEqual(f.event.PathParameters, tt.parameters) {
				t.Errorf("parameters %v, want %v", f.event.PathParameters, tt.parameters)
			}
		})
	}
}

func TestSupportRoutesNeedTheToken(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   int
	}{
		{"the token", []string{"Bearer " + token}, 200},
		{"lower case", []string{"bearer " + token}, 200},
		{"nothing", nil, 401},
		{"another", []string{"Bearer " + token + "x"}, 401},
		{"empty", []string{"Bearer "}, 401},
		{"another scheme", []string{"Basic " + token}, 401},
		{"no scheme", []string{token}, 401},
		{"twice", []string{"Bearer " + token, "Bearer " + token}, 401},
	}
	f := &fake{answer: "{}"}
	g := newGateway(t, f)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.raw = nil
			r := httptest.NewRequest("GET", "/v1/support/1", nil)
			r.Header["Authorization"] = tt.values
			w := get(g, r)
			if w.Code != tt.want || (tt.want == 401) != (f.raw == nil) {
				t.Fatalf("%d %s; invoked: %v", w.Code, w.Body, f.raw != nil)
			}
			if tt.want == 200 {
				jwt := f.event.RequestContext.Authorizer.JWT
				if jwt.Claims["sub"] != "local-support" || jwt.Claims["email"] != "support@localhost" || jwt.Scopes[0] != "license" {
					t.Fatalf("authorizer %+v", jwt)
				}
				return
			}
			var p struct {
				Type, Title, Detail, RequestID string
				Status                         int
			}
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatal(err)
			}
			if p.Type != "urn:chariot:problem:unauthorized" || p.Title != "Unauthorized" || p.Status != 401 || p.Detail == "" ||
				p.RequestID != w.Header().Get("Apigw-Requestid") || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Fatalf("%+v, headers %v", p, w.Header())
			}
		})
	}
}

func TestNewChecksItsSettings(t *testing.T) {
	f := map[string]gateway.Invoker{"f": &fake{}}
	rest := routes.Route{Path: routes.Default, Function: "f"}
	one := routes.Route{Method: "GET", Path: "/", Function: "f"}
	tests := []struct {
		name     string
		settings gateway.Settings
	}{
		{"no token", gateway.Settings{Routes: []routes.Route{rest}, Functions: f}},
		{"no default", gateway.Settings{Routes: []routes.Route{one}, Functions: f, SupportToken: "t"}},
		{"a route twice", gateway.Settings{Routes: []routes.Route{one, one, rest}, Functions: f, SupportToken: "t"}},
		{"no function", gateway.Settings{Routes: []routes.Route{one, rest}, SupportToken: "t"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := gateway.New(tt.settings); err == nil {
				t.Fatal("no error")
			}
		})
	}
}
