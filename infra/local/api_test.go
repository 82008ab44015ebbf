package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/infra/routes"
	"github.com/cirruslink/chariot-license/shared/api"
)

// The page that the stack serves is the one that `make api` prints. It names each
// operation, holds the whole description, and needs nothing from elsewhere.
func TestAPIPage(t *testing.T) {
	printed := command(t, t.TempDir(), "./stack")
	printed.cmd.Args = append(printed.cmd.Args, "-api")
	if err := printed.cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, printed.stderr)
	}
	page := printed.stdout.String()
	for _, r := range routes.All() {
		if line := "<li><code>" + r.Key() + "</code> "; r.Path != routes.Default && !strings.Contains(page, line) {
			t.Errorf("it does not name %s", r.Key())
		}
	}
	var described, want any
	_, rest, _ := strings.Cut(page, `id="description">`)
	text, _, _ := strings.Cut(rest, "</script>")
	if err := json.Unmarshal([]byte(text), &described); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(api.OpenAPI(), &want); err != nil || !reflect.DeepEqual(described, want) {
		t.Errorf("it holds another description: %v", err)
	}
	if strings.Contains(text, "<") {
		t.Error("a text of the description may end its script")
	}
	checkPolicy(t, page)

	s := startStack(t, t.TempDir(), "./stack")
	if status, served := get(t, s.URL+"/local/api"); status != 200 || served != page {
		t.Errorf("served with %d, %d bytes; printed %d", status, len(served), len(page))
	}
	response, err := http.Post(s.URL+"/local/api", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if kind := response.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
		t.Errorf("POST is answered with %s", kind)
	}
	s.stop(t)
}

// checkPolicy looks whether a browser runs the page's scripts, and loads nothing.
func checkPolicy(t *testing.T, page string) {
	t.Helper()
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("the policy is %s", policy)
	}
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	for _, script := range scripts {
		digest := sha256.Sum256([]byte(script[1]))
		if hash := "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"; !strings.Contains(policy, hash) {
			t.Errorf("the policy forbids the script that begins %.40q", script[1])
		}
	}
	if len(scripts) != 2 {
		t.Errorf("%d scripts", len(scripts))
	}
	style := regexp.MustCompile(`(?s)<style>.*?</style>`).FindString(page)
	if at := regexp.MustCompile(`url\(["']?(https?:|//)|@import`).FindString(style); at != "" || len(style) < 100_000 {
		t.Errorf("the style has %d bytes and loads %q", len(style), at)
	}
}

func TestAPIPageWithoutItsParts(t *testing.T) {
	r := command(t, t.TempDir(), filepath.Join(os.Getenv("TEST_CHECKOUT"), "stack"))
	r.cmd.Args = append(r.cmd.Args, "-api")
	r.cmd.Dir = t.TempDir()
	if said := refuses(t, r); !strings.Contains(said, "run make, which installs it") {
		t.Errorf("said %q", said)
	}
}
