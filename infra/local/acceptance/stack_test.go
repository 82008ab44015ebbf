// Package acceptance tests the whole system as its users meet it: the local
// stack with the functions as they are deployed, over HTTP and by bin/chariot.
package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// checkout is a folder with what `make build` makes, of this very source.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "acceptance-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		build(filepath.Join(dir, "bin/local"), "./infra/local")
		build(filepath.Join(dir, "bin/chariot"), "./infra/tools/chariot")
		build(filepath.Join(dir, "bin/trust"), "./infra/tools/trust")

		built := map[string]bool{}
		for _, r := range routes.All() {
			if !built[r.Function] {
				build(filepath.Join(dir, "bin/functions", r.Function, "bootstrap"), "./functions/"+r.Function)
				built[r.Function] = true
			}
		}
		modules, _ := filepath.Abs("../../node_modules")
		if err := os.MkdirAll(filepath.Join(dir, "infra"), 0o700); err != nil {
			panic(err)
		}
		if err := os.Symlink(modules, filepath.Join(dir, "infra/node_modules")); err != nil {
			panic(err)
		}
		os.Setenv("ACCEPTANCE_CHECKOUT", dir)
		return m.Run()
	}())
}

func build(path, source string) {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags", "lambda.norpc", "-o", path, source)
	cmd.Dir = "../../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building %s: %v\n%s", source, err, out)
		os.Exit(1)
	}
}

// A stack is a running local stack.
type stack struct {
	URL          string `json:"url"`
	SupportToken string `json:"supportToken"`
	dir          string
	cmd          *exec.Cmd
	logs         *os.File
}

// start starts a stack on a state directory, and ends it with the test.
func start(t *testing.T, dir string, env ...string) *stack {
	t.Helper()
	logs, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	checkout := os.Getenv("ACCEPTANCE_CHECKOUT")
	cmd := exec.Command(filepath.Join(checkout, "bin/local"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = checkout, logs, logs
	cmd.Env = append(append(os.Environ(), "PORT=0", "STATE_DIR="+dir), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &stack{dir: dir, cmd: cmd, logs: logs}
	t.Cleanup(func() { s.end(syscall.SIGTERM) })
	for range 600 {
		if text, _ := os.ReadFile(logs.Name()); strings.Contains(string(text), "\nready\n") {
			text, err := os.ReadFile(filepath.Join(dir, "stack.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, s); err != nil {
				t.Fatal(err)
			}
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the stack does not get ready:\n%s", s.log(t))
	return nil
}

func (s *stack) end(signal syscall.Signal) {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Signal(signal)
		_ = s.cmd.Wait()
	}
}

func (s *stack) log(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.logs.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// children are the processes that the stack started, dead ones left out.
func (s *stack) children(t *testing.T) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		text, _ := os.ReadFile(path) // a process may end meanwhile
		id, rest, _ := strings.Cut(string(text), " (")
		fields := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:])
		if len(fields) > 1 && fields[0] != "Z" && fields[1] == strconv.Itoa(s.cmd.Process.Pid) {
			pid, err := strconv.Atoi(id)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// reply is what came back; status 0 means nothing did.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (r reply) code() string {
	kind, _ := r.body["type"].(string)
	return kind[strings.LastIndex(kind, ":")+1:]
}

// at reads a nested member: at("license", "seats", "used").
func (r reply) at(path ...string) any {
	var value any = r.body
	for _, name := range path {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

var client = &http.Client{
	Timeout:   40 * time.Second,
	Transport: &http.Transport{MaxIdleConnsPerHost: 100},
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// send posts JSON as a machine does, or as support where a key is given.
func (s *stack) send(method, path, body, idempotencyKey string) reply {
	request, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return reply{raw: err.Error()}
	}
	request.Header.Set("Content-Type", "application/json")
	if idempotencyKey != "" {
		request.Header.Set("Authorization", "Bearer "+s.SupportToken)
		request.Header.Set("Idempotency-Key", idempotencyKey)
	}
	return do(request)
}

func do(request *http.Request) reply {
	response, err := client.Do(request)
	if err != nil {
		return reply{raw: err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{raw: err.Error()}
	}
	r := reply{status: response.StatusCode, header: response.Header, raw: string(text)}
	_ = json.NewDecoder(bytes.NewReader(text)).Decode(&r.body)
	return r
}

// issue issues a license and returns its ID and key.
func (s *stack) issue(t *testing.T, seats int) (id, key string) {
	t.Helper()
	r := s.send("POST", "/v1/support/licenses", fmt.Sprintf(`{"deployment":"online","seats":%d,
		"features":[{"name":"mqtt-server"}],"contactEmail":"plant@example.com"}`, seats), fmt.Sprint(time.Now().UnixNano()))
	if r.status != 201 {
		t.Fatalf("issuing: %d %s", r.status, r.raw)
	}
	return r.at("license", "id").(string), r.at("licenseKey").(string)
}

func fingerprint(n int) string { return fmt.Sprintf("%064x", n) }

func (s *stack) activate(key string, machine int) reply {
	return s.send("POST", "/v1/activations", fmt.Sprintf(`{"licenseKey":%q,"fingerprint":%q,"sequence":1}`, key, fingerprint(machine)), "")
}

// used is how many seats the license says are used, after checking that as many
// activations are active.
func (s *stack) used(t *testing.T, id string) int {
	t.Helper()
	r := s.send("GET", "/v1/support/licenses/"+id, "", "look")
	active := 0
	activations, _ := r.at("activations").([]any)
	for _, a := range activations {
		if a.(map[string]any)["state"] == "active" {
			active++
		}
	}
	used, ok := r.at("license", "seats", "used").(float64)
	if !ok || int(used) != active {
		t.Errorf("used is %v, and %d activations are active: %s", r.at("license", "seats", "used"), active, r.raw)
	}
	return active
}
