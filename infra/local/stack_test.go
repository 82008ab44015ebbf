package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/process"
)

func TestStackAnswers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s := startStack(t, dir, "./stack")
	if status, body := get(t, s.URL+"/v1/keys"); status != 200 || !strings.Contains(body, `"routeKey":"GET /v1/keys"`) {
		t.Errorf("a route: %d %s", status, body)
	}
	if status, _ := get(t, s.URL+"/v1/support/licenses/1"); status != 401 {
		t.Errorf("a support route without its token: %d", status)
	}
	if status, body := get(t, s.URL+"/local/root-keys"); status != 200 || !strings.Contains(body, s.RootKeys[1].KeyID) {
		t.Errorf("root keys: %d %s", status, body)
	}
	if len(s.RootKeys) != 2 || s.RootKeys[0].KeyID == s.RootKeys[1].KeyID || len(s.RootKeys[0].KeyID) != 22 {
		t.Errorf("root keys %+v", s.RootKeys)
	}
	if !strings.HasPrefix(s.URL, "http://127.0.0.1:") || s.Table != "chariot-licenses" || s.SupportToken == "" {
		t.Errorf("%+v", s.description)
	}
	for _, name := range []string{"stack.json", "support-token", "kms.json", "dynamodb.db"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want mode 0600", name, info.Mode(), err)
		}
	}
	children := descendants(t, s.cmd.Process.Pid)
	if len(children) < 2 {
		t.Errorf("children %v", children)
	}
	s.stop(t)
	wantGone(t, children)
}

func TestRestartsKeepTheState(t *testing.T) {
	dir := t.TempDir()
	port, err := process.FreePort(0)
	if err != nil {
		t.Fatal(err)
	}
	first := startStack(t, dir, "./stack", "PORT="+strconv.Itoa(port))
	children := descendants(t, first.cmd.Process.Pid)
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait() // "signal: killed"
	second := startStack(t, dir, "./stack", "PORT="+strconv.Itoa(port))
	wantGone(t, children)
	if !reflect.DeepEqual(first.description, second.description) {
		t.Errorf("after a kill: %+v, before: %+v", second.description, first.description)
	}
	second.stop(t)
	third := startStack(t, dir, "./stack", "PORT="+strconv.Itoa(port))
	if !reflect.DeepEqual(first.description, third.description) {
		t.Errorf("after a stop: %+v, before: %+v", third.description, first.description)
	}
	third.stop(t)
}

func TestKilledDynamoDBComesBack(t *testing.T) {
	s := startStack(t, t.TempDir(), "./stack")
	for _, pid := range descendants(t, s.cmd.Process.Pid) {
		if name, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm"); string(name) == "dynoxide\n" {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			wantGone(t, []int{pid})
		}
	}
	eventually(t, "back", func() bool {
		response, err := http.Get(s.DynamoDBEndpoint)
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
	if !strings.Contains(s.stderr.String(), "[dynamodb] ended; starting it again\n") {
		t.Errorf("said %s", s.stderr)
	}
	s.stop(t)
}

func TestRunningRequestEndsBeforeTheStack(t *testing.T) {
	s := startStack(t, t.TempDir(), "./stack")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The gateway has the request, and the body is to come.
	if _, err := conn.Write([]byte("POST /v1/activations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	time.AfterFunc(500*time.Millisecond, func() {
		_, _ = conn.Write([]byte("}"))
		buf := make([]byte, 1000)
		n, _ := conn.Read(buf)
		answer <- string(buf[:n])
	})
	time.Sleep(100 * time.Millisecond)
	s.stop(t)
	if got := <-answer; !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Fatalf("answered %q", got)
	}
}

func TestStackEndsWithItsParent(t *testing.T) {
	s := startStack(t, t.TempDir(), os.Args[0], "TEST_PARENT=1")
	pids := descendants(t, s.cmd.Process.Pid)
	if len(pids) < 3 {
		t.Fatalf("the parent has %v", pids)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	wantGone(t, pids)
	_ = s.cmd.Wait() // "signal: killed"
}

func TestTwoStacksSideBySide(t *testing.T) {
	dir := t.TempDir()
	one := startStack(t, filepath.Join(dir, "1"), "./stack")
	two := startStack(t, filepath.Join(dir, "2"), "./stack")
	if one.URL == two.URL || one.DynamoDBEndpoint == two.DynamoDBEndpoint || one.KMSEndpoint == two.KMSEndpoint || one.SupportToken == two.SupportToken {
		t.Errorf("%+v, %+v", one.description, two.description)
	}
	one.stop(t)
	two.stop(t)
}
