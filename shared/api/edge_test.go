package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
)

func TestMediaTypes(t *testing.T) {
	tests := []struct {
		name, value string
		taken       bool
	}{
		{"JSON", "application/json", true},
		{"with a charset", "application/json; charset=utf-8", true},
		{"with a charset, in capitals", "Application/JSON;charset=UTF-8", true},
		{"with white space around", " application/json ; x=y", true},
		{"absent", "", false},
		{"text", "text/plain", false},
		{"a form", "application/x-www-form-urlencoded", false},
		{"a kind of JSON", "application/merge-patch+json", false},
		{"the old name", "text/json", false},
		{"begins likewise", "application/jsonx", false},
		{"twice", "application/json, application/json", false},
		{"only a parameter", "; application/json", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &plant{}
			got := newDoor(p.routes()...).send(t, activateRoute, good(""), func(r *Request) { r.Headers["content-type"] = tt.value })
			if tt.taken != (got.StatusCode == 200) || tt.taken != (len(p.asked) == 1) || !tt.taken && (got.StatusCode != 415 || got.code() != "unsupported-media-type") {
				t.Errorf("%q: %s", tt.value, got.Body)
			}
		})
	}
	got := newDoor((&plant{}).routes()...).send(t, activateRoute, good(""), func(r *Request) { r.Headers = nil })
	if got.StatusCode != 415 {
		t.Errorf("no header at all: %s", got.Body)
	}
}

// sized is a good body of exactly so many bytes.
func sized(bytes int) string {
	body := good(`,"pad":""`)
	return body[:len(body)-2] + strings.Repeat("x", bytes-len(body)) + `"}`
}

func TestBodiesUpTo16KB(t *testing.T) {
	encoded := func(r *Request) {
		r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(r.Body)), true
	}
	tests := []struct {
		name string
		body string
		with func(*Request)
		want int
	}{
		{"exactly 16 KB", sized(16384), nil, 200},
		{"one byte more", sized(16385), nil, 413},
		{"one byte less", sized(16383), nil, 200},
		{"ten megabytes", sized(10 << 20), nil, 413},
		{"16 KB of what is no JSON", strings.Repeat("x", 16384), nil, 400},
		{"white space counts", good("") + strings.Repeat(" ", 16384), nil, 413},
		{"exactly 16 KB in base64", sized(16384), encoded, 200},
		{"one byte more in base64", sized(16385), encoded, 413},
		{"two bytes more in base64", sized(16386), encoded, 413},
		{"three bytes more in base64", sized(16387), encoded, 413},
		{"ten megabytes in base64", sized(10 << 20), encoded, 413},
		{"base64", good(""), encoded, 200},
		{"said to be base64, and is none", good(""), func(r *Request) { r.IsBase64Encoded = true }, 400},
		{"base64 without its padding", good(""), func(r *Request) { encoded(r); r.Body = strings.TrimRight(r.Body+"x", "=") }, 400},
		{"base64 of nothing", "", encoded, 400},
		{"nothing", "", nil, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.with == nil {
				tt.with = func(*Request) {}
			}
			p := &plant{}
			got := newDoor(p.routes()...).send(t, activateRoute, tt.body, tt.with)
			code := map[int]string{200: "", 400: "malformed-request", 413: "payload-too-large"}[tt.want]
			if got.StatusCode != tt.want || got.code() != code || (tt.want == 200) != (len(p.asked) == 1) {
				t.Errorf("%d %.300s", got.StatusCode, got.Body)
			}
		})
	}
}

// Whatever goes wrong inside, the caller learns a request ID and nothing else;
// the log learns all.
func TestOurFaultsAreOurs(t *testing.T) {
	tests := []struct {
		name     string
		endpoint Endpoint
		logged   []string
	}{
		{"an unknown error", func(context.Context, *Request) (*Reply, error) {
			return nil, fmt.Errorf("reading canary: %w", errors.New("disk on fire"))
		}, []string{"reading canary: disk on fire"}},
		{"a panic", func(context.Context, *Request) (*Reply, error) { panic("canary") }, []string{"panic: canary", "edge_test.go"}},
		{"a panic with an error that has a problem", func(context.Context, *Request) (*Reply, error) {
			panic(fmt.Errorf("canary: %w", license.ErrNotFound))
		}, []string{"panic: canary: license not found"}},
		{"a nil pointer", func(context.Context, *Request) (*Reply, error) {
			var none *plant
			return nil, none.err
		}, []string{"nil pointer"}},
		{"panic(nil)", func(context.Context, *Request) (*Reply, error) { panic(nil) }, []string{"panic"}},
		{"neither reply nor error", func(context.Context, *Request) (*Reply, error) { return nil, nil }, []string{"neither reply nor error"}},
		{"a reply that is no JSON", func(context.Context, *Request) (*Reply, error) {
			return &Reply{200, map[string]any{"canary": make(chan int)}}, nil
		}, []string{"chan int"}},
		{"a reply that is not UTF-8", func(context.Context, *Request) (*Reply, error) {
			return &Reply{200, map[string]string{"canary": "\xff"}}, nil
		}, []string{"UTF-8"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDoor(Routes{"GET /x": tt.endpoint})
			got := d.send(t, "GET /x", "")
			want := `{"type":"urn:chariot:problem:internal","title":"Internal Server Error","status":500,"detail":"` + ourFault + `","requestId":"request-7"}`
			if got.StatusCode != 500 || got.Body != want {
				t.Errorf("answered %d %s", got.StatusCode, got.Body)
			}
			line := logLines(t, d)[0]
			if line["level"] != "ERROR" || line["requestId"] != "request-7" || line["route"] != "GET /x" || line["status"] != 500.0 || line["problem"] != "internal" {
				t.Errorf("logged %v", line)
			}
			for _, part := range tt.logged {
				if cause, _ := line["error"].(string); !strings.Contains(cause, part) {
					t.Errorf("the log has the cause %q, want %q in it", cause, part)
				}
			}
		})
	}
}

// logLines reads a log.
func logLines(t *testing.T, d *door) (lines []map[string]any) {
	t.Helper()
	for text := range strings.Lines(d.log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("the log has %q: %v", text, err)
		}
		lines = append(lines, line)
	}
	return lines
}

// A log line says which route was asked and how it ended, and has no room for more.
func TestLogLines(t *testing.T) {
	d := newDoor((&plant{}).routes()...)
	d.send(t, activateRoute, good(""))
	d.send(t, activateRoute, "{}")
	d.send(t, "GET /nowhere", "")
	down := newDoor((&plant{err: fmt.Errorf("reading: %w", license.ErrUnavailable)}).routes()...)
	down.send(t, activateRoute, good(""))
	lines := append(logLines(t, d), logLines(t, down)...)
	for _, line := range lines {
		if ms, ok := line["ms"].(float64); !ok || ms < 0 {
			t.Errorf("no time taken in %v", line)
		}
		delete(line, "ms")
		delete(line, "time")
	}
	want := []map[string]any{
		{"level": "INFO", "msg": "request", "requestId": "request-7", "route": activateRoute, "status": 200.0},
		{"level": "INFO", "msg": "request", "requestId": "request-7", "route": activateRoute, "status": 400.0, "problem": "malformed-request"},
		{"level": "INFO", "msg": "request", "requestId": "request-7", "route": "GET /nowhere", "status": 404.0, "problem": "route-not-found"},
		{"level": "ERROR", "msg": "request", "requestId": "request-7", "route": activateRoute, "status": 503.0, "problem": "unavailable", "error": "reading: temporarily unavailable"},
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("logged %v\nwant %v", lines, want)
	}
}

func TestUnknownRoutes(t *testing.T) {
	d := newDoor((&plant{}).routes()...)
	for _, route := range []string{"", "$default", "GET /v1/activations", "POST /v1/activations/", "post /v1/activations", "POST /v1/../v1/activations"} {
		if got := d.send(t, route, good("")); got.StatusCode != 404 || got.code() != "route-not-found" {
			t.Errorf("%q: %s", route, got.Body)
		}
	}
}

func TestHeadersOfProblems(t *testing.T) {
	tests := []struct {
		err  error
		want map[string]string
	}{
		{license.ErrUnavailable, map[string]string{"retry-after": "1"}},
		{&rateError{after: 42e9}, map[string]string{"retry-after": "42"}},
		{&methodError{allow: "GET, PATCH"}, map[string]string{"allow": "GET, PATCH"}},
		{license.ErrNotFound, nil},
		{errors.New("x"), nil},
	}
	for _, tt := range tests {
		d := newDoor(Routes{"GET /x": func(context.Context, *Request) (*Reply, error) { return nil, tt.err }})
		want := map[string]string{"content-type": "application/problem+json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
		maps.Copy(want, tt.want)
		if got := d.send(t, "GET /x", ""); !reflect.DeepEqual(got.Headers, want) {
			t.Errorf("%v: %v, want %v", tt.err, got.Headers, want)
		}
	}
}

// The edge has no memory: what one request left behind, the next does not see.
func TestRequestsAreApart(t *testing.T) {
	var seen []string
	d := newDoor(Routes{"POST /x": JSON(func(_ context.Context, _ *Request, in *struct {
		A string `json:"a"`
		B string `json:"b"`
	}) (*Reply, error) {
		seen = append(seen, in.A+in.B)
		return &Reply{http.StatusNoContent, rawJSON("")}, nil
	})})
	d.send(t, "POST /x", `{"a":"1"}`)
	d.send(t, "POST /x", `{"b":"2"}`)
	if got := d.send(t, "POST /x", `{}`); got.StatusCode != 204 || got.Body != "" || !slices.Equal(seen, []string{"1", "2", ""}) {
		t.Errorf("saw %q, answered %d %q", seen, got.StatusCode, got.Body)
	}
}

// The log that a function has is as good at hiding a key as the key itself.
func TestKeysInErrorsStayHidden(t *testing.T) {
	d := newDoor(Routes{"GET /x": func(context.Context, *Request) (*Reply, error) {
		return nil, fmt.Errorf("for %v and %+v: %w", parsed(plantKey), struct{ Key license.Key }{parsed(plantKey)}, errors.New("x"))
	}})
	d.send(t, "GET /x", "")
	slog.New(slog.NewJSONHandler(&d.log, nil)).Error("it", "key", parsed(plantKey))
	if strings.Contains(d.log.String(), "1VEM9") || !strings.Contains(d.log.String(), "CHARIOT-…") {
		t.Errorf("logged %s", d.log.String())
	}
}
