package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// TestMain builds a checkout for the tests: the stack, a demonstration program
// as every function, and the DynamoDB server where it is installed.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_PARENT") != "" {
		parent()
		return
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "local-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	build(filepath.Join(dir, "stack"), ".")
	for _, r := range routes.All() {
		path := filepath.Join(dir, functionsDir, r.Function, "bootstrap")
		if _, err := os.Stat(path); err != nil {
			build(path, "./lambda/testdata/bootstrap")
		}
	}
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		panic(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "infra"), 0o700); err != nil {
		panic(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "infra/node_modules")); err != nil {
		panic(err)
	}
	os.Setenv("TEST_CHECKOUT", dir)
	return m.Run()
}

func build(path, source string) {
	if out, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, source).CombinedOutput(); err != nil {
		panic(string(out))
	}
}

// parent stands in for make: it starts the stack and is killed.
func parent() {
	cmd := exec.Command("./stack", "-with-parent")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	_ = cmd.Wait()
}

// output is what a program printed so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// running is a stack in a process of its own.
type running struct {
	description
	cmd            *exec.Cmd
	stdout, stderr *output
}

// command is a program that runs in the checkout, with state in dir.
func command(t *testing.T, dir, program string, env ...string) *running {
	t.Helper()
	r := &running{cmd: exec.Command(program), stdout: &output{}, stderr: &output{}}
	r.cmd.Dir = os.Getenv("TEST_CHECKOUT")
	if _, err := os.Stat(filepath.Join(r.cmd.Dir, dynoxidePath)); err != nil {
		t.Skipf("NOT RUN, the DynamoDB server is not installed (run npm ci in infra): %v", err)
	}
	r.cmd.Env = append([]string{"PORT=0", "STATE_DIR=" + dir, "PATH=" + os.Getenv("PATH")}, env...)
	r.cmd.Stdout, r.cmd.Stderr = r.stdout, r.stderr
	r.cmd.WaitDelay = time.Second
	return r
}

// startStack starts a stack and waits until it is ready.
func startStack(t *testing.T, dir, program string, env ...string) *running {
	t.Helper()
	r := command(t, dir, program, env...)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	eventually(t, "ready", func() bool { return strings.HasSuffix(r.stdout.String(), "\nready\n") })
	data, err := os.ReadFile(filepath.Join(dir, "stack.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r.description); err != nil {
		t.Fatal(err)
	}
	if want := r.URL + "\nready\n"; r.stdout.String() != want {
		t.Fatalf("printed %q, want %q", r.stdout, want)
	}
	return r
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not %s in time", what)
		}
	}
}

// stop ends the stack with a SIGTERM and reports whether it ended in order.
func (r *running) stop(t *testing.T) {
	t.Helper()
	start := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("ended with %v: %s", err, r.stderr)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Fatalf("ended after %v", took)
	}
}

// get returns the status and the body of url.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// descendants returns the process IDs of all that descend from pid.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	children := make(map[int][]int)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		data, _ := os.ReadFile(path) // a process may end meanwhile
		id, rest, _ := strings.Cut(string(data), " (")
		fields := strings.Fields(rest[strings.LastIndexByte(rest, ')')+1:])
		if len(fields) > 1 && fields[0] != "Z" {
			child, _ := strconv.Atoi(id)
			of, _ := strconv.Atoi(fields[1])
			children[of] = append(children[of], child)
		}
	}
	all := slices.Clone(children[pid])
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// wantGone waits until each process has ended, collected or not.
func wantGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, "ended: "+strconv.Itoa(pid), func() bool {
			stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
			return err != nil || strings.Contains(string(stat), ") Z ")
		})
	}
}
