package gateway_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func TestEventInFull(t *testing.T) {
	f := &fake{answer: "{}"}
	server := httptest.NewServer(newGateway(t, f))
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+"/v1/things/a%20b?x=1&y=%26&x=2&=e&z&bad=%zz", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"X-Twice":         {"one", "two"},
		"Cookie":          {"a=1; b=2", "c=3"},
		"User-Agent":      {"test"},
		"X-Forwarded-For": {"203.0.113.9"},
	}
	before := time.Now().Add(-time.Millisecond)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	e := f.event
	check := func(what string, got, want any) {
		t.Helper()
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", what, got, want)
		}
	}
	check("version", e.Version, "2.0")
	check("rawPath", e.RawPath, "/v1/things/a b")
	check("rawQueryString", e.RawQueryString, "x=1&y=%26&x=2&=e&z&bad=%zz")
	check("query", e.QueryStringParameters, map[string]string{"x": "1,2", "y": "&", "": "e", "z": "", "bad": "%zz"})
	check("cookies", e.Cookies, []string{"a=1", "b=2", "c=3"})
	check("header", e.Headers["x-twice"], "one,two")
	check("cookie header", e.Headers["cookie"], "")
	check("host", e.Headers["host"], strings.TrimPrefix(server.URL, "http://"))
	check("forwarded", e.Headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1")
	check("body", e.Body, "")
	check("base64", e.IsBase64Encoded, false)
	c := e.RequestContext
	check("http", c.HTTP, events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: "GET", Path: "/v1/things/a b", Protocol: "HTTP/1.1", SourceIP: "127.0.0.1", UserAgent: "test",
	})
	check("stage", c.Stage, "$default")
	check("request ID", c.RequestID, response.Header.Get("Apigw-Requestid"))
	check("authorizer", c.Authorizer, (*events.APIGatewayV2HTTPRequestContextAuthorizerDescription)(nil))
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", c.Time)
	if err != nil || at.Unix() != c.TimeEpoch/1000 || time.UnixMilli(c.TimeEpoch).Before(before) {
		t.Errorf("time %q, epoch %d, %v", c.Time, c.TimeEpoch, err)
	}
	if !regexp.MustCompile(`^[\w-]{15}=$`).MatchString(c.RequestID) || c.AccountID == "" || c.APIID == "" || c.DomainName == "" || c.DomainPrefix == "" {
		t.Errorf("context %+v", c)
	}
	if strings.Contains(string(f.raw), "authentication") {
		t.Errorf("a client certificate in %s", f.raw)
	}
}

func TestBodies(t *testing.T) {
	tests := []struct {
		name, kind, encoding, body string
		text                       bool
	}{
		{"JSON", "application/json", "", `{"a":"ü"}`, true},
		{"JSON with a charset", "Application/JSON; charset=utf-8", "", `{}`, true},
		{"a kind of JSON", "application/problem+json", "", `{}`, true},
		{"text", "text/plain", "", "hello", true},
		{"empty", "application/octet-stream", "", "", true},
		{"text that is not UTF-8", "text/plain", "", "\xff", false},
		{"compressed", "application/json", "gzip", "{}", false},
		{"binary", "application/octet-stream", "", "hello", false},
		{"form", "application/x-www-form-urlencoded", "", "a=1", false},
		{"no type", "", "", "{}", false},
	}
	f := &fake{answer: "{}"}
	g := newGateway(t, f)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/v1/things", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.kind)
			if tt.encoding != "" {
				r.Header.Set("Content-Encoding", tt.encoding)
			}
			get(g, r)
			body := f.event.Body
			if f.event.IsBase64Encoded {
				decoded, err := base64.StdEncoding.DecodeString(body)
				if err != nil {
					t.Fatal(err)
				}
				body = string(decoded)
			}
			if body != tt.body || f.event.IsBase64Encoded == tt.text {
				t.Errorf("body %q, base64 %v", body, f.event.IsBase64Encoded)
			}
			if got := f.event.Headers["content-length"]; got != fmt.Sprint(len(tt.body)) {
				t.Errorf("content-length %s", got)
			}
		})
	}
}
