package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/cirruslink/chariot-license/infra/local/lambda"
)

func TestReplies(t *testing.T) {
	tests := []struct {
		name, answer string
		status       int
		kind, body   string
	}{
		{"in full", `{"statusCode":201,"headers":{"Content-Type":"text/html"},"body":"hi"}`, 201, "text/html", "hi"},
		{"base64", `{"statusCode":200,"headers":{"content-type":"image/png"},"body":"/wA=","isBase64Encoded":true}`, 200, "image/png", "\xff\x00"},
		{"no type", `{"statusCode":404,"body":"<b>"}`, 404, "text/plain; charset=utf-8", "<b>"},
		{"no body", `{"statusCode":204}`, 204, "", ""},
		{"multi-value headers are not read", `{"statusCode":200,"multiValueHeaders":{"content-type":["text/html"]}}`, 200, "text/plain; charset=utf-8", ""},
		{"shorthand object", `{"a":1}`, 200, "application/json", `{"a":1}`},
		{"shorthand text", `"hello"`, 200, "application/json", "hello"},
		{"shorthand list", `[1]`, 200, "application/json", "[1]"},
		{"shorthand null", `null`, 200, "application/json", "null"},
		{"no JSON", `hello`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"nothing", ``, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"status that is none", `{"statusCode":99}`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"status of a wrong type", `{"statusCode":{}}`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"body of a wrong type", `{"statusCode":200,"body":{}}`, 500, "application/json", `{"message":"Internal Server Error"}`},
		{"bad base64", `{"statusCode":200,"body":"!","isBase64Encoded":true}`, 500, "application/json", `{"message":"Internal Server Error"}`},
	}
	f := &fake{}
	g := newGateway(t, f)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.answer = tt.answer
			w := get(g, httptest.NewRequest("POST", "/v1/things", nil))
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.kind || w.Body.String() != tt.body {
				t.Errorf("%d %q %q", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if w.Header().Get("Apigw-Requestid") == "" {
				t.Error("no request ID")
			}
		})
	}
}

func TestReplyHeaders(t *testing.T) {
	f := &fake{answer: `{"statusCode":200,"headers":{"X-A":"1","Apigw-Requestid":"mine","Content-Length":"7","Transfer-Encoding":"chunked","X-Bad":"a\r\nX-Injected: 1"},"cookies":["a=1; Path=/","b=2"],"body":"hi"}`}
	server := httptest.NewServer(newGateway(t, f))
	defer server.Close()
	response, err := http.Post(server.URL+"/v1/things", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	h := response.Header
	if string(body) != "hi" || h.Get("X-A") != "1" || h.Get("Apigw-Requestid") == "mine" || h.Get("X-Injected") != "" {
		t.Errorf("body %q, headers %v", body, h)
	}
	if !reflect.DeepEqual(h.Values("Set-Cookie"), []string{"a=1; Path=/", "b=2"}) {
		t.Errorf("cookies %q", h.Values("Set-Cookie"))
	}
}

func TestFailures(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		retry  string
	}{
		{"function error", &lambda.FunctionError{Type: "x"}, 500, ""},
		{"crash", fmt.Errorf("%w: signal: killed", lambda.ErrCrashed), 500, ""},
		{"unknown", errors.New("secret"), 500, ""},
		{"timeout", lambda.ErrTimeout, 503, "1"},
		{"no process", lambda.ErrThrottled, 503, "1"},
		{"closed", lambda.ErrClosed, 503, "1"},
	}
	f := &fake{}
	g := newGateway(t, f)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.err = tt.err
			w := get(g, httptest.NewRequest("POST", "/v1/things", nil))
			want := `{"message":"` + http.StatusText(tt.status) + `"}`
			if w.Code != tt.status || w.Body.String() != want || w.Header().Get("Retry-After") != tt.retry {
				t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
			}
		})
	}
}
