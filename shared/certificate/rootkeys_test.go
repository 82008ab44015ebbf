package certificate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

func TestParseRootKeys(t *testing.T) {
	const key = `{"kid":"-pJEpN9JhQFOUMXGX-IuH1","kty":"EC","crv":"P-256","alg":"ES256","x":"TFMMrgtxXEcpAhSWC-lad2ghyyRQQyTtLUYNsfJUxdw","y":"xRHX4pyaWSP9993ygXvDRa5_Ov9IRqEvFMSKHeIjoUY"}`
	tests := []struct {
		name, text string
		keys       int
		want       error // where one is named
	}{
		{"an array", "[" + key + "]", 1, nil},
		{"two", "[" + key + "," + key + "]", 2, nil},
		{"stack.json", `{"url":"http://127.0.0.1:8080","rootKeys":[` + key + `]}`, 1, nil},
		{"none", "[]", 0, nil},
		{"an object without any", "{}", 0, nil},
		{"no JSON", "root keys", 0, nil},
		{"nothing", "", 0, nil},
		{"off the curve", "[" + strings.Replace(key, `"x":"T`, `"x":"U`, 1) + "]", 0, certificate.ErrKey},
		{"another algorithm", "[" + strings.Replace(key, "ES256", "ES384", 1) + "]", 0, certificate.ErrUnsupported},
		{"without a kid", "[" + strings.Replace(key, "-pJEpN9JhQFOUMXGX-IuH1", "", 1) + "]", 0, certificate.ErrKey},
		{"a good and a bad one", "[" + key + "," + strings.Replace(key, "EC", "RSA", 1) + "]", 0, certificate.ErrKey},
	}
	for _, tt := range tests {
		keys, err := certificate.ParseRootKeys([]byte(tt.text))
		if len(keys) != tt.keys || (err == nil) != (tt.keys > 0) || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %d keys, %v; want %d, %v", tt.name, len(keys), err, tt.keys, tt.want)
		}
	}
}
