package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/kms"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// A desk is where an operator sits: a table and keys as the local stack has them,
// an empty folder, and a clock.
type desk struct {
	*testing.T
	dir      string
	table    string
	kms      string // the URL of its keys
	licenses *dynamo.Licenses
	now      time.Time
	// spoil, unless nil, decides what happens to a call of DynamoDB.
	spoil func(operation string) licensetest.Fault
}

func newDesk(t *testing.T) *desk {
	db, table := licensetest.DynamoDB(t)
	d := &desk{T: t, dir: t.TempDir(), table: table, licenses: dynamo.NewLicenses(db, table), now: licensetest.Noon()}
	keys, err := kms.Open(filepath.Join(d.dir, "kms.json"))
	if err != nil {
		t.Fatal(err)
	}
	keyServer := httptest.NewServer(keys)
	tableServer := httptest.NewServer(d.between(*db.Options().BaseEndpoint))
	t.Cleanup(keyServer.Close)
	t.Cleanup(tableServer.Close)
	d.stack(map[string]any{"dynamodbEndpoint": tableServer.URL, "kmsEndpoint": keyServer.URL, "table": table})
	d.kms = keyServer.URL
	d.makeKeys()
	return d
}

// path is a file of the desk.
func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) stack(about map[string]any) {
	d.Helper()
	text, err := json.Marshal(about)
	if err == nil {
		err = os.WriteFile(d.path("stack.json"), text, 0o600)
	}
	if err != nil {
		d.Fatal(err)
	}
}

// makeKeys makes two root keys, a key that is no root key, and a symmetric one.
func (d *desk) makeKeys() {
	d.Helper()
	for _, alias := range []string{"alias/root-1", "alias/root-2", "alias/stranger"} {
		d.makeKey(alias, "ECC_NIST_P256", "SIGN_VERIFY")
	}
	d.makeKey("alias/mail", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
	out := d.must("show", "--root", "alias/root-1", "--root", "alias/root-2")
	if err := os.WriteFile(d.path("roots.json"), []byte(out), 0o600); err != nil {
		d.Fatal(err)
	}
}

// makeKey makes a key of that alias, and returns its ID.
func (d *desk) makeKey(alias, spec, usage string) (id string) {
	d.Helper()
	var made struct{ KeyMetadata struct{ KeyId string } }
	d.call("CreateKey", map[string]string{"KeySpec": spec, "KeyUsage": usage}, &made)
	d.call("CreateAlias", map[string]string{"AliasName": alias, "TargetKeyId": made.KeyMetadata.KeyId}, nil)
	return made.KeyMetadata.KeyId
}

// call calls KMS itself.
func (d *desk) call(operation string, in, out any) {
	d.Helper()
	body, _ := json.Marshal(in) // texts
	request, err := http.NewRequest(http.MethodPost, d.kms, bytes.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "TrentService."+operation)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.Fatal(err)
	}
	defer response.Body.Close()
	if out != nil {
		err = json.NewDecoder(response.Body).Decode(out)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		d.Fatalf("%s: %s, %v", operation, response.Status, err)
	}
}

// between passes calls on to DynamoDB, or spoils them.
func (d *desk) between(endpoint string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		fault := licensetest.None
		if d.spoil != nil {
			fault = d.spoil(operation)
		}
		if fault == licensetest.Broken {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		request, err := http.NewRequest(r.Method, endpoint, r.Body)
		if err != nil {
			panic(err)
		}
		request.Header = r.Header.Clone()
		response, err := http.DefaultClient.Do(request)
		if err != nil || fault == licensetest.BrokenAfter {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer response.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(response.Body)
		for name, values := range response.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(response.StatusCode)
		_, _ = w.Write(body.Bytes())
	})
}

// trust runs the tool at this desk; files are in its folder.
func (d *desk) trust(args ...string) (out, remarks string, code int) {
	d.Helper()
	args = append([]string{"--local", d.dir}, args...)
	if _, err := os.Stat(d.path("roots.json")); err == nil {
		args = append([]string{"--root-keys", d.path("roots.json")}, args...)
	}
	var stdout, stderr bytes.Buffer
	code = run(d.Context(), args, streams{&stdout, &stderr}, func() time.Time { return d.now })
	return stdout.String(), stderr.String(), code
}

// must is trust where it cannot be refused.
func (d *desk) must(args ...string) string {
	d.Helper()
	out, remarks, code := d.trust(args...)
	if code != exitDone {
		d.Fatalf("trust %s: exit %d: %s", strings.Join(args, " "), code, remarks)
	}
	return out
}

// fails wants an exit code and words.
func (d *desk) fails(code int, says string, args ...string) {
	d.Helper()
	out, remarks, got := d.trust(args...)
	if got != code || !strings.Contains(out+remarks, says) {
		d.Errorf("trust %s: exit %d: %s%s\nwant %d with %q", strings.Join(args, " "), got, out, remarks, code, says)
	}
}

var keyID = regexp.MustCompile(`[Kk]ey ([\w-]{22})`)

// announce makes a key, and announces it in the draft; it returns the key ID.
func (d *desk) announce(alias string) string {
	d.Helper()
	return keyID.FindStringSubmatch(d.must("next", "--create", alias))[1]
}

// release signs and publishes.
func (d *desk) release(more ...string) {
	d.Helper()
	d.must("sign", "--root", "alias/root-1")
	d.must(append([]string{"publish"}, more...)...)
}

// founded publishes the first bundle, and returns the ID of its key.
func (d *desk) founded() string {
	d.Helper()
	d.must("init", "--create", "alias/signing-1")
	d.release()
	return d.published().Trust.KeyID
}

func (d *desk) published() *dynamo.Publication {
	d.Helper()
	p, err := d.licenses.Publication(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	return p
}
