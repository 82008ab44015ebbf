package chariot

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// javaIfAny starts the Java client; nil where there is no JDK, and none is due.
func javaIfAny(t *testing.T) client {
	t.Helper()
	if _, err := exec.LookPath("javac"); err != nil && os.Getenv("CI") != "true" {
		return nil
	}
	return startJava(t)
}

// opening is the order to open a new machine with settings, and to try once.
func opening(t *testing.T, s Settings) order {
	return order{
		Do: "open", Dir: filepath.Join(t.TempDir(), "state"), Server: s.Server, Roots: s.Roots, Proxy: s.Proxy, ProxyUser: s.ProxyUser,
		ProxyPassword: s.ProxyPassword, CAFile: s.CAFile, Address: s.Address, MachineID: "a", TryMillis: 2000,
	}
}

// meetInJava diagnoses, then activates, as meet does.
func (p *plant) meetInJava(t *testing.T, java client, s Settings, want string) {
	if s.Server == "" {
		s.Server = "https://" + licenseHost
	}
	s.Roots = p.root.Roots()
	if out := java.do(opening(t, s)); out.Kind != "" {
		t.Fatal(out.Says)
	}
	defer java.do(order{Do: "close"})
	found := java.do(order{Do: "diagnose"}).Findings
	if len(found) != 1 || found[0].Good != (want == "") || !strings.Contains(found[0].Sentence, want) || strings.ContainsAny(found[0].Sentence, "{}") {
		t.Errorf("found %+v, want %q", found, want)
	}
	out := java.do(order{Do: "activate", Text: p.key.Reveal()})
	if (out.word() == "licensed") != (want == "") || !strings.Contains(out.Says, want) {
		t.Errorf("activate: %s %s, want %q", out.word(), out.Says, want)
	}
	if all := out.Says + out.Trace + out.Prints; s.ProxyPassword != "" && strings.Contains(all, s.ProxyPassword) {
		t.Errorf("the password is in %s", all)
	}
	if want == "" {
		if out := java.do(order{Do: "deactivate"}); out.Kind != "" {
			t.Error(out.Says)
		}
	}
}

// Go and Java agree on what does not pass by itself, on clocks, and on whom the root
// keys vouch for.
func TestJavaNetworks(t *testing.T) {
	java := startJava(t)
	p := newPlant(t, licenseHost, time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour))
	server, day := "https://"+licenseHost, 24*time.Hour.Milliseconds()
	trusted := order{Server: server, Roots: p.root.Roots(), Address: p.address, CAFile: p.caFile}
	off := func(millis int64) order { o := trusted; o.OffMillis = millis; return o }
	tests := map[string]order{
		"TLS is not tried again":             {Server: server, Roots: p.root.Roots(), Address: p.address, PatienceMillis: day},
		"nor a proxy's no":                   {Server: server, Roots: p.root.Roots(), Proxy: proxy(t, p.address, "", 403), PatienceMillis: day},
		"nor a proxy's wish":                 {Server: server, Roots: p.root.Roots(), Proxy: proxy(t, p.address, "a:b", 407, "Basic"), PatienceMillis: day},
		"a login in the proxy's URL":         {Server: server, Roots: p.root.Roots(), Proxy: strings.Replace(proxy(t, p.address, "pump:p@ss+w/rd", 407), "//", "//pump:p%40ss+w%2Frd@", 1), CAFile: p.caFile},
		"4 minutes behind":                   off(-4 * 60_000),
		"3 hours ahead":                      off(3*3_600_000 + 60_000),
		"6 minutes behind":                   off(-6*60_000 - 30_000),
		"100 days behind":                    off(-100*day - 60_000),
		"100 days ahead":                     off(100*day + 60_000),
		"a stranger's root keys":             {Server: p.URL, Roots: licensetest.NewSigner(t).Roots()},
		"no root keys":                       {Server: p.URL},
		"no server":                          {Roots: p.root.Roots()},
		"https where http is spoken":         {Server: strings.Replace(p.URL, "http", "https", 1), Roots: p.root.Roots()},
		"http where https is spoken":         {Server: "http://" + p.address, Roots: p.root.Roots()},
		"an address of IPv6 where nobody is": {Server: server, Roots: p.root.Roots(), Address: "[::1]:1"},
	}
	for name, o := range tests {
		o.Do, o.TryMillis, o.MachineID = "open", 2000, "a"
		said := map[string]string{}
		for language, c := range map[string]client{"Go": &goClient{T: t}, "Java": java} {
			o.Dir = filepath.Join(t.TempDir(), "state")
			if out := c.do(o); out.Kind != "" {
				t.Fatalf("%s, in %s: %s", name, language, out.Says)
			}
			for _, f := range c.do(order{Do: "diagnose"}).Findings {
				said[language] += minutes.ReplaceAllString(f.Sentence, "(time)") + "\n"
			}
			out := c.do(order{Do: "activate", Text: p.key.Reveal()})
			said[language] += same(out.word() + " " + out.Says + strings.Join(out.Waits, "\n"))
			c.do(order{Do: "deactivate"})
			c.do(order{Do: "close"})
		}
		if said["Go"] != said["Java"] {
			t.Errorf("%s:\nGo says   %s\nJava says %s", name, said["Go"], said["Java"])
		}
	}
}

// minutes are times in sentences: the clients are asked one after the other.
var minutes = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)

// Settings are refused, and URLs written, alike.
func TestJavaSettings(t *testing.T) {
	java := startJava(t)
	text := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(text, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	orders := []order{
		{Proxy: "https://proxy.example.com"}, {Proxy: "proxy.example.com:3128"}, {Proxy: "http://proxy.example.com/path"},
		{Proxy: "http://proxy.example.com?a"}, {Proxy: "http://proxy.example.com:x"}, {Proxy: " HTTP://user:pw@Proxy.example.com:3128/ "},
		{Proxy: "http://proxy.example.com", Address: "203.0.113.7"}, {Address: "https://203.0.113.7"}, {Address: "203.0.113.7:https"},
		{Address: "203.0.113.7"}, {Address: "[2001:db8::1]:8443"}, {Address: "a_b.example:8443"},
		{CAFile: filepath.Join(t.TempDir(), "none")}, {CAFile: text}, {CAFile: t.TempDir()},
		{Server: "http://license.example.com:8080/x", PlainHTTP: true},
	}
	for _, server := range []string{
		"https://license.example.com", " https://license.example.com/chariot// ", "HTTPS://License.example.com", "http://127.0.0.1:8080", "http://127.9.9.9",
		"http://localhost", "http://LOCALHOST:1/a", "http://[::1]:8080", "http://[::2]", "https://[::2]:443", "https://plant_7:8443", "https://h/a%20b/c%2fd",
		"https://h/a b/ü;,", "https://h/a;,!'()*[]", "https://h/\"<>^`{|}\\", "https://h:443", "https://a.b.", "https://h/%zz", "https://h/a%", "https://h:x", "https://[h", "https://a b",
		"http://license.example.com", "http://license.example.com:8080/path", "http://127.0.0.1.example.com", "ftp://license.example.com", "license.example.com", "https://",
		"https:///path", "https:license.example.com", "//license.example.com", "/", "https://user:pw@license.example.com", "https://user@h", "https://h?a=b", "https://h/#a", "https://h/a?b#c", "https://h\x00",
	} {
		orders = append(orders, order{Server: server})
	}
	for _, o := range orders {
		o.Do, o.MachineID = "open", "a"
		said := map[string]string{}
		for language, c := range map[string]client{"Go": &goClient{T: t}, "Java": java} {
			o.Dir = filepath.Join(t.TempDir(), "state")
			out := c.do(o)
			said[language] = out.word() + " " + out.Says + out.Server
			if out.Kind == "" {
				c.do(order{Do: "close"})
			}
		}
		if said["Go"] != said["Java"] {
			t.Errorf("%q %q %q %q:\nGo says   %s\nJava says %s", o.Server, o.Proxy, o.Address, o.CAFile, said["Go"], said["Java"])
		}
	}
}
