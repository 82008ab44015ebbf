package chariot

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// What is in the way is told, by Diagnose and by a call that fails over it; and
// where nothing is, the machine is licensed.
func TestNetworksAsTheyAre(t *testing.T) {
	hour := time.Hour
	now := time.Now()
	good := newPlant(t, licenseHost, now.Add(-hour), now.Add(hour))
	other := newPlant(t, "login.example.net", now.Add(-hour), now.Add(hour))
	lapsed := newPlant(t, licenseHost, now.Add(-2*hour), now.Add(-hour))
	refused := listen(t, func(c net.Conn) {})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	cut := listen(t, func(c net.Conn) { c.Close() })
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	noProxy := "http://" + nobody
	tests := []struct {
		name     string
		settings Settings
		want     string // in what is found; empty: all is well
	}{
		{"an address in place of DNS, and the company's CA", Settings{Address: good.address, CAFile: good.caFile}, ""},
		{"a proxy", Settings{Proxy: proxy(t, good.address, "", 0), CAFile: good.caFile}, ""},
		{"a proxy with a login", Settings{Proxy: proxy(t, good.address, "pump:p@ss:w/rd", 407, "Basic realm=x"), ProxyUser: "pump", ProxyPassword: "p@ss:w/rd", CAFile: good.caFile}, ""},
		{"a server on this computer needs no proxy", Settings{Server: good.URL, Proxy: noProxy}, ""},
		{"TLS is intercepted", Settings{Address: good.address}, "is by Plant Firewall CA, whom this machine does not know"},
		{"TLS is intercepted behind a proxy", Settings{Proxy: proxy(t, good.address, "", 0)}, "is by Plant Firewall CA"},
		{"no DNS", Settings{Server: "https://license.invalid"}, "The name license.invalid is not known here"},
		{"nobody listens", Settings{Address: nobody}, "refuses the connection"},
		{"a firewall that cuts", Settings{Address: cut}, "was cut before the answer came"},
		{"a firewall that swallows", Settings{Address: refused}, "does not answer in time"},
		{"another server", Settings{Address: other.address, CAFile: other.caFile}, "has the TLS certificate of login.example.net"},
		{"no TLS", Settings{Address: strings.TrimPrefix(web.URL, "http://")}, "does not speak TLS"},
		{"a TLS certificate that lapsed", Settings{Address: lapsed.address, CAFile: lapsed.caFile}, "by this machine's clock it is another time"},
		{"a proxy that nobody knows", Settings{Proxy: "http://proxy.invalid:3128"}, "The name of the proxy proxy.invalid:3128 is not known here"},
		{"a proxy that is not there", Settings{Proxy: noProxy}, "The proxy " + nobody + " cannot be connected to"},
		{"a proxy wants a login", Settings{Proxy: proxy(t, good.address, "a:b", 407, "Basic realm=x")}, "asks for a user and a password"},
		{"a proxy wants a login, and does not say which", Settings{Proxy: proxy(t, good.address, "a:b", 407)}, "asks for a user and a password"},
		{"a proxy does not take ours", Settings{Proxy: proxy(t, good.address, "a:b", 407, "Negotiate", "basic realm=x"), ProxyUser: "pump", ProxyPassword: "secret"}, "does not accept what it was given"},
		{"a proxy wants what we cannot", Settings{Proxy: proxy(t, good.address, "a:b", 407, "Negotiate", "NTLM")}, "takes Negotiate and NTLM logins"},
		{"a proxy forbids it", Settings{Proxy: proxy(t, good.address, "", 403)}, "does not let this machine reach license.example.com (status 403)"},
		{"a login page", Settings{Server: web.URL}, "a proxy or a login page stands in between"},
	}
	java := javaIfAny(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { good.meet(t, tt.settings, tt.want) })
		if java != nil {
			t.Run(tt.name+", in Java", func(t *testing.T) { good.meetInJava(t, java, tt.settings, tt.want) })
		}
	}
}

// meet diagnoses, then activates.
func (p *plant) meet(t *testing.T, s Settings, want string) {
	if s.Server == "" {
		s.Server = "https://" + licenseHost
	}
	s.Roots, s.Patience = p.root.Roots(), -1
	m, err := Open(t.TempDir(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	found := m.Diagnose(ctx)
	if len(found) != 1 || found[0].Good != (want == "") || !strings.Contains(found[0].Sentence, want) || strings.ContainsAny(found[0].Sentence, "{}") {
		t.Errorf("found %+v, want %q", found, want)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	status, err := m.Activate(ctx, p.key.Reveal())
	if want == "" && (err != nil || !status.Licensed) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("activate: %v, want %q", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in %v", err)
	}
	if want == "" {
		if _, err := m.Deactivate(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// What somebody has to set is not tried over and over.
func TestWhatDoesNotPassIsTriedOnce(t *testing.T) {
	p := newPlant(t, licenseHost, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	for name, s := range map[string]Settings{
		"TLS":            {Address: p.address},
		"a proxy's no":   {Proxy: proxy(t, p.address, "", 403)},
		"a proxy's wish": {Proxy: proxy(t, p.address, "a:b", 407, "Basic")},
	} {
		waits := 0
		s.Server, s.Roots, s.OnWait = "https://"+licenseHost, p.root.Roots(), func(error, time.Duration) { waits++ }
		m, err := Open(t.TempDir(), s)
		if err != nil {
			t.Fatal(err)
		}
		var unreachable *UnreachableError
		if _, err := m.Activate(t.Context(), p.key.Reveal()); !errors.As(err, &unreachable) || waits != 0 {
			t.Errorf("%s: %v, waited %d times", name, err, waits)
		}
		m.Close()
	}
}

// A wrong clock is told apart from a TLS certificate that lapsed, and found where
// TLS does not mind.
func TestWrongClock(t *testing.T) {
	now := time.Now()
	p := newPlant(t, licenseHost, now.Add(-24*time.Hour), now.Add(24*time.Hour))
	tests := []struct {
		off  time.Duration
		want []string
	}{
		{-time.Minute * 4, []string{"its clock agrees"}},
		{3*time.Hour + time.Minute, []string{"The clock of this machine is 3 hours ahead"}},
		{-6*time.Minute - 30*time.Second, []string{"The clock of this machine is 6 minutes behind"}},
		{-100*24*time.Hour - time.Minute, []string{"The clock of this machine is 100 days behind", "is good from"}},
		{100*24*time.Hour + time.Minute, []string{"The clock of this machine is 100 days ahead", "is good from"}},
	}
	for _, tt := range tests {
		m, err := Open(t.TempDir(), Settings{
			Server: "https://" + licenseHost, Address: p.address, CAFile: p.caFile, Roots: p.root.Roots(),
			Now: func() time.Time { return time.Now().Add(tt.off) },
		})
		if err != nil {
			t.Fatal(err)
		}
		found := m.Diagnose(t.Context())
		if len(found) != len(tt.want) {
			t.Errorf("%v: found %+v, want %q", tt.off, found, tt.want)
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(found[i].Sentence, want) {
				t.Errorf("%v: found %q, want %q", tt.off, found[i].Sentence, want)
			}
		}
		m.Close()
	}
}

// Whom the root keys do not vouch for is found out, and what is missing.
func TestDiagnoseWithoutTrust(t *testing.T) {
	v, stranger := newVendor(t), licensetest.NewSigner(t)
	for want, s := range map[string]Settings{
		"cannot be trusted":    {Server: v.URL, Roots: stranger.Roots()},
		"no license server":    {Roots: stranger.Roots()},
		"There are no root ke": {Server: v.URL, Roots: []certificate.RootKey{}},
	} {
		m, err := Open(t.TempDir(), s)
		if err != nil {
			t.Fatal(err)
		}
		if found := m.Diagnose(t.Context()); len(found) != 1 || found[0].Good || !strings.Contains(found[0].Sentence, want) {
			t.Errorf("found %+v, want %q", found, want)
		}
		m.Close()
	}
}

func TestNetworkSettings(t *testing.T) {
	text := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]Settings{
		"The proxy is not one":                           {Proxy: "https://proxy.example.com"},
		"The proxy is not one:":                          {Proxy: "proxy.example.com:3128"},
		"The proxy is not one: write":                    {Proxy: "http://proxy.example.com/path"},
		"Give a proxy or an address":                     {Proxy: "http://proxy.example.com", Address: "203.0.113.7"},
		"address is not one":                             {Address: "https://203.0.113.7"},
		"address is not one:":                            {Address: "203.0.113.7:https"},
		"cannot be read: no such file or directory":      {CAFile: filepath.Join(t.TempDir(), "none")},
		"There is no certificate in the CA file " + text: {CAFile: text},
	} {
		var settings *SettingsError
		if _, err := Open(t.TempDir(), s); !errors.As(err, &settings) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}
