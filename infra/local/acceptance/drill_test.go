package acceptance

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A drill is an operator, with bin/trust in an empty folder, and some machines of
// one license.
type drill struct {
	*testing.T
	*stack
	client    program
	dir       string
	licenseID license.ID
	// replayed holds what gate answers as the trust bundle; empty: the real one.
	replayed atomic.Value
}

// drills runs a drill with each client, on a stack of its own.
func drills(t *testing.T, run func(*drill)) {
	for name, client := range programs(t) {
		t.Run(name, func(t *testing.T) {
			d := &drill{T: t, stack: start(t, t.TempDir()), client: client, dir: t.TempDir()}
			id, key := d.issue(t, 9)
			d.licenseID = license.ID(id)
			d.write("license.txt", key)
			run(d)
		})
	}
}

// path is a file of the folder, unless it is one elsewhere.
func (d *drill) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(d.dir, name)
}

func (d *drill) write(name, text string) {
	d.Helper()
	if err := os.WriteFile(d.path(name), []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
}

func (d *drill) read(path string) string {
	d.Helper()
	text, err := os.ReadFile(d.path(path))
	if err != nil {
		d.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// wants runs a program in the drill's folder; it must end with the code, and say
// the words.
func (d *drill) wants(code int, says string, argv ...string) (stdout string) {
	d.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = d.dir
	out, remarks, got := finish(d.T, cmd)
	if got != code || !strings.Contains(out+remarks, says) {
		d.Fatalf("%s: exit %d\n%s%s\nwant %d with %q", strings.Join(argv[1:], " "), got, out, remarks, code, says)
	}
	return out
}

// trust is bin/trust on this stack.
func (d *drill) trust(code int, says string, args ...string) string {
	d.Helper()
	program := filepath.Join(os.Getenv("ACCEPTANCE_CHECKOUT"), "bin/trust")
	return d.wants(code, says, append([]string{program, "--local", d.stack.dir}, args...)...)
}

// release signs the draft and publishes it.
func (d *drill) release(more ...string) {
	d.Helper()
	d.trust(0, "Signed version", "sign", "--root", "alias/chariot-root-1")
	d.trust(0, "Published version", append([]string{"publish"}, more...)...)
}

// keyIDs are those of the published bundle.
func (d *drill) keyIDs() (kids []string) {
	d.Helper()
	var shown struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal([]byte(d.trust(0, "", "show", "--json")), &shown); err != nil {
		d.Fatal(err)
	}
	for _, k := range shown.Keys {
		kids = append(kids, k.Kid)
	}
	return kids
}

// at runs the client on a machine.
func (d *drill) at(machine string, code int, says string, args ...string) {
	d.Helper()
	d.wants(code, says, slices.Concat(d.client, []string{"--state", d.path(machine), "--patience", "0s"}, args)...)
}

// activate licenses a machine.
func (d *drill) activate(machine, server string) {
	d.Helper()
	d.at(machine, 0, "Licensed\n", "--server", server, "activate", "--license", d.path("license.txt"))
}

// certificate is what a machine has on disk, and the ID of the key that signed it.
func (d *drill) certificate(machine string) (compact, kid string) {
	d.Helper()
	var state struct{ Certificate string }
	var header struct{ Kid string }
	err := json.Unmarshal([]byte(d.read(machine+"/license.json")), &state)
	if err == nil {
		first, _, _ := strings.Cut(state.Certificate, ".")
		var text []byte
		if text, err = base64.RawURLEncoding.DecodeString(first); err == nil {
			err = json.Unmarshal(text, &header)
		}
	}
	if err != nil {
		d.Fatal(err)
	}
	return state.Certificate, header.Kid
}

// signedBy wants a certificate that this key signed, and that the published bundle
// lets pass.
func (d *drill) signedBy(machine, kid string) (compact string) {
	d.Helper()
	compact, got := d.certificate(machine)
	if got != kid {
		d.Errorf("%s has a certificate by key %s, want %s", machine, got, kid)
	}
	if err := d.verify(machine); err != nil {
		d.Errorf("%s: %v", machine, err)
	}
	return compact
}

// verify holds a machine's certificate against the published bundle.
func (d *drill) verify(machine string) error {
	d.Helper()
	bundle, err := certificate.VerifyBundle(d.bundle(), d.roots(), 0)
	if err != nil {
		d.Fatal(err)
	}
	var state struct {
		Activation struct{ Fingerprint license.Fingerprint }
	}
	if err := json.Unmarshal([]byte(d.read(machine+"/license.json")), &state); err != nil {
		d.Fatal(err)
	}
	compact, _ := d.certificate(machine)
	_, err = certificate.Verify(compact, bundle, certificate.Expected{
		Kind: certificate.Activation, License: d.licenseID, Machine: state.Activation.Fingerprint,
	})
	return err
}

// bundle is the published trust bundle, as clients get it.
func (d *drill) bundle() string {
	text, _ := d.send("GET", "/v1/keys", "", "").at("trustBundle").(string)
	return text
}

func (d *drill) roots() []certificate.RootKey {
	d.Helper()
	var about struct{ RootKeys []certificate.RootKey }
	if err := json.Unmarshal([]byte(d.read(filepath.Join(d.stack.dir, "stack.json"))), &about); err != nil {
		d.Fatal(err)
	}
	return about.RootKeys
}

// change makes the license one revision newer.
func (d *drill) change(reason string) {
	d.Helper()
	r := d.send("PATCH", "/v1/support/licenses/"+string(d.licenseID), `{"addFeatures":[{"name":"iot-bridge-snowflake"}],"reason":"drill"}`, reason)
	if r.status != http.StatusOK {
		d.Fatalf("changing the license: %d %s", r.status, r.raw)
	}
}

// gate is somebody between the machines and the license server, who hands out
// trust bundles of before.
func (d *drill) gate() (address string) {
	target, err := url.Parse(d.URL)
	if err != nil {
		d.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if old, _ := d.replayed.Load().(string); r.URL.Path == "/v1/keys" && old != "" {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"trustBundle": old})
			return
		}
		through.ServeHTTP(w, r)
	}))
	d.Cleanup(server.Close)
	return server.URL
}
