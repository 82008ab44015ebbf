package acceptance

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What was seen in other license servers, and must never be seen here: each gets
// its problem and its status, nothing is written, and no process is lost.
func TestBadInput(t *testing.T) {
	s := start(t, t.TempDir())
	id, key := s.issue(t, 5)
	good := fmt.Sprintf(`"licenseKey":%q,"fingerprint":%q`, key, fingerprint(1))
	with := func(licenseKey, fp string) string {
		return fmt.Sprintf(`{"licenseKey":%s,"fingerprint":%s}`, licenseKey, fp)
	}
	quoted, fp := fmt.Sprintf("%q", key), fmt.Sprintf("%q", fingerprint(1))
	const activations = "/v1/activations"
	tests := []struct {
		name, method, path, body string
		status                   int
		code, pointer            string
	}{
		{"an empty body", "POST", activations, "", 400, "malformed-request", ""},
		{"no object", "POST", activations, "[]", 400, "malformed-request", ""},
		{"half an object", "POST", activations, `{"licenseKey":`, 400, "malformed-request", "/licenseKey"},
		{"the key is absent", "POST", activations, `{"fingerprint":` + fp + `}`, 400, "malformed-request", "/licenseKey"},
		{"the key is null", "POST", activations, with("null", fp), 400, "malformed-request", "/licenseKey"},
		{"the key is empty", "POST", activations, with(`""`, fp), 400, "malformed-request", "/licenseKey"},
		{"the key is blank", "POST", activations, with(`" \t "`, fp), 400, "malformed-request", "/licenseKey"},
		{"the key is a number", "POST", activations, with("5", fp), 400, "malformed-request", "/licenseKey"},
		{"the key has a NUL", "POST", activations, with(`"CHARIOT-\u0000"`, fp), 400, "malformed-request", "/licenseKey"},
		{"the key has a lone surrogate", "POST", activations, with(`"\ud800"`, fp), 400, "malformed-request", "/licenseKey"},
		{"the key is not UTF-8", "POST", activations, with("\"\xff\xfe\"", fp), 400, "malformed-request", "/licenseKey"},
		{"the key is there twice", "POST", activations, `{"licenseKey":"x",` + good + `}`, 400, "malformed-request", "/licenseKey"},
		{"the key is unknown", "POST", activations, with(`"CHARIOT-00000-00000-00000-00000-00000-0"`, fp), 404, "license-not-found", ""},
		{"the key is mistyped", "POST", activations, with(`"CHARIOT-00000-00000-00000-00000-00000-1"`, fp), 404, "license-not-found", ""},
		{"the fingerprint is blank", "POST", activations, with(quoted, `""`), 400, "malformed-fingerprint", ""},
		{"the fingerprint is absent", "POST", activations, `{"licenseKey":` + quoted + `}`, 400, "malformed-fingerprint", ""},
		{"the fingerprint is in capitals", "POST", activations, with(quoted, `"`+strings.Repeat("A", 64)+`"`), 400, "malformed-fingerprint", ""},
		{"the fingerprint is long", "POST", activations, with(quoted, `"`+strings.Repeat("a", 65)+`"`), 400, "malformed-fingerprint", ""},
		{"the sequence is text", "POST", activations, `{` + good + `,"sequence":"1"}`, 400, "malformed-request", "/sequence"},
		{"the sequence is a fraction", "POST", activations, `{` + good + `,"sequence":1.5}`, 400, "malformed-request", "/sequence"},
		{"the sequence is negative", "POST", activations, `{` + good + `,"sequence":-1}`, 400, "malformed-request", "/sequence"},
		{"the sequence is too large for a number", "POST", activations, `{` + good + `,"sequence":99999999999999999999}`, 400, "malformed-request", "/sequence"},
		{"the sequence is days ahead", "POST", activations, `{` + good + `,"sequence":9007199254740991}`, 409, "request-superseded", ""},
		{"the host name is long", "POST", activations, `{` + good + `,"machine":{"hostname":"` + strings.Repeat("h", 254) + `"}}`, 400, "malformed-request", "/machine/hostname"},
		{"the host name has a line break", "POST", activations, `{` + good + `,"machine":{"hostname":"a\nb"}}`, 400, "malformed-request", "/machine/hostname"},
		{"the machine is text", "POST", activations, `{` + good + `,"machine":"plant"}`, 400, "malformed-request", "/machine"},
		{"7,000 levels deep", "POST", activations, strings.Repeat("[", 7000) + strings.Repeat("]", 7000), 400, "malformed-request", ""},
		{"7,000 levels open", "POST", activations, strings.Repeat(`{"a":`, 3000), 400, "malformed-request", ""},
		{"16 KB and one byte", "POST", activations, `{"a":"` + strings.Repeat("x", 16<<10-7) + `"}`, 413, "payload-too-large", ""},
		{"another method", "GET", activations, "", 405, "method-not-allowed", ""},
		{"DELETE", "DELETE", activations + "/act_1/reactivate", "", 405, "method-not-allowed", ""},
		{"an unknown path", "POST", "/v1/activation", "{}", 404, "route-not-found", ""},
		{"a slash at the end", "POST", activations + "/", "{}", 404, "route-not-found", ""},
		{"a slash in the ID", "POST", activations + "/act/1/reactivate", "{}", 404, "route-not-found", ""},
		{"no ID", "POST", activations + "//reactivate", "{}", 404, "route-not-found", ""},
		{"dots", "POST", activations + "/../activations", "{" + good + "}", 404, "route-not-found", ""},
		{"an escaped slash in the ID", "POST", activations + "/act%2F1/reactivate", "{" + good + "}", 404, "activation-not-found", ""},
		{"support without its token", "GET", "/v1/support/licenses/" + id, "", 401, "unauthorized", ""},
	}
	for _, tt := range tests {
		r := s.send(tt.method, tt.path, tt.body, "")
		pointer, _ := r.at("pointer").(string)
		if r.status != tt.status || r.code() != tt.code || pointer != tt.pointer {
			t.Errorf("%s: %d %s; want %d %s at %q", tt.name, r.status, r.raw, tt.status, tt.code, tt.pointer)
		}
		if strings.Contains(r.raw, key) || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: answered %s with %s", tt.name, r.header.Get("Content-Type"), r.raw)
		}
		if tt.status == 405 && r.header.Get("Allow") == "" {
			t.Errorf("%s: no Allow header", tt.name)
		}
	}
	if used := s.used(t, id); used != 0 {
		t.Errorf("%d seats were taken by bad input", used)
	}
	if strings.Contains(s.log(t), key) {
		t.Error("the license key is in the log")
	}
}

func TestBodyOf10MB(t *testing.T) {
	s := start(t, t.TempDir())
	for _, size := range []int{1 << 20, 10 << 20, 11 << 20} {
		begin := time.Now()
		r := s.send("POST", "/v1/activations", strings.Repeat("x", size), "")
		if r.status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d bytes: %d %s", size, r.status, r.raw)
		}
		t.Logf("%d bytes refused in %s", size, time.Since(begin))
	}
}

func TestMediaTypes(t *testing.T) {
	s := start(t, t.TempDir())
	for mediaType, want := range map[string]int{
		"application/json": 400, "Application/JSON; charset=utf-8": 400, "text/plain": 415,
		"application/x-www-form-urlencoded": 415, "": 415, "application/jsonp": 415,
	} {
		request, err := http.NewRequest("POST", s.URL+"/v1/activations", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if mediaType != "" {
			request.Header.Set("Content-Type", mediaType)
		}
		if r := do(request); r.status != want {
			t.Errorf("%q: %d %s, want %d", mediaType, r.status, r.raw, want)
		}
	}
}

// One bad typist does not lock out the office behind the same address; and no
// header that a caller writes moves him to another.
func TestRateLimit(t *testing.T) {
	s := start(t, t.TempDir())
	_, key := s.issue(t, 5)
	limited := 0
	for i := range 130 {
		request, err := http.NewRequest("POST", s.URL+"/v1/activations",
			strings.NewReader(`{"licenseKey":"wrong","fingerprint":"`+fingerprint(1)+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Forwarded-For", fmt.Sprint(net.IPv4(198, 51, 100, byte(i))))
		if r := do(request); r.status == 429 && r.code() == "rate-limited" && r.header.Get("Retry-After") != "" {
			limited++
		} else if r.status != 404 {
			t.Fatalf("%d %s", r.status, r.raw)
		}
	}
	if limited < 10 { // the minute may turn once in between
		t.Errorf("%d of 130 wrong keys were refused for their number", limited)
	}
	if r := s.activate(key, 1); r.status != 201 {
		t.Errorf("a valid key from the same address: %d %s", r.status, r.raw)
	}
}
