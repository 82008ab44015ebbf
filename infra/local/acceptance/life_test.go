package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// chariot runs the stand-in for a Chariot server, on a machine of its own.
func chariot(t *testing.T, machine string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(os.Getenv("ACCEPTANCE_CHECKOUT"), "bin/chariot"), append([]string{"--state", machine}, args...)...)
	var out, remarks bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &remarks
	_ = cmd.Run()
	return out.String(), remarks.String(), cmd.ProcessState.ExitCode()
}

// issueFile issues a license of one seat and writes its file.
func (s *stack) issueFile(t *testing.T) (id, path string) {
	t.Helper()
	r := s.send("POST", "/v1/support/licenses", `{"deployment":"online","seats":1,"features":[{"name":"mqtt-server"}],
		"contactEmail":"plant@example.com"}`, "first")
	text, _ := r.at("licenseFile").(string)
	path = filepath.Join(t.TempDir(), "license.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil || r.status != 201 {
		t.Fatalf("issuing: %d %s, %v", r.status, r.raw, err)
	}
	return r.at("license", "id").(string), path
}

// The README's first minute, and an update in between.
func TestTheLifeOfALicense(t *testing.T) {
	s := start(t, t.TempDir())
	id, file := s.issueFile(t)
	seven, eight := filepath.Join(t.TempDir(), "plant-7"), filepath.Join(t.TempDir(), "plant-8")
	addFeature := func(string) (string, string, int) {
		r := s.send("PATCH", "/v1/support/licenses/"+id, `{"addFeatures":[{"name":"iot-bridge-snowflake"}],"reason":"upgrade"}`, "second")
		return "", r.raw, r.status
	}
	steps := []struct {
		name    string
		machine string
		args    []string
		code    int
		says    string // in what is printed
	}{
		{"not licensed yet", seven, []string{"status"}, 0, "Not licensed"},
		{"licensed", seven, []string{"--server", s.URL, "activate", "--license", file}, 0, "Licensed\n"},
		{"no seat for another", eight, []string{"--server", s.URL, "activate", "--license", file}, 1, "All seats of this license (1) are taken"},
		{"again, nothing changes", seven, []string{"activate", "--license", file}, 0, "Licensed\n"},
		{"an update", "", nil, 200, ""},
		{"pulled without a restart", seven, []string{"reactivate"}, 0, "iot-bridge-snowflake, billed by use"},
		{"seen from disk alone", seven, []string{"status", "--json"}, 0, `"revision": 2`},
		{"given back", seven, []string{"deactivate"}, 0, "Not licensed"},
		{"given back again", seven, []string{"deactivate"}, 0, "Not licensed"},
		{"another server takes it", eight, []string{"activate", "--license", file}, 0, "Licensed\n"},
		{"and the first finds none", seven, []string{"activate", "--license", file}, 1, "taken"},
		{"reactivating what is gone", seven, []string{"reactivate"}, 2, "not activated"},
	}
	for _, step := range steps {
		run := func() (string, string, int) { return chariot(t, step.machine, step.args...) }
		if step.machine == "" {
			run = func() (string, string, int) { return addFeature("") }
		}
		out, remarks, code := run()
		if code != step.code || !strings.Contains(out+remarks, step.says) {
			t.Errorf("%s: exit %d\n%s%s\nwant %d with %q", step.name, code, out, remarks, step.code, step.says)
		}
	}
	key := s.send("POST", "/v1/support/licenses", `{"deployment":"online","seats":1,"features":[{"name":"mqtt-server"}],
		"contactEmail":"plant@example.com"}`, "first").at("licenseKey").(string)
	if strings.Contains(s.log(t), key) || strings.Contains(s.log(t), "plant@example.com") {
		t.Error("the license key or the address is in the log")
	}
}

// Support restores the seat of a machine that is gone; should it come back, it
// is told, and a person may ask again.
func TestRestoration(t *testing.T) {
	s := start(t, t.TempDir())
	id, file := s.issueFile(t)
	gone, next := filepath.Join(t.TempDir(), "gone"), filepath.Join(t.TempDir(), "next")
	if _, remarks, code := chariot(t, gone, "--server", s.URL, "activate", "--license", file); code != 0 {
		t.Fatal(remarks)
	}
	held := s.send("GET", "/v1/support/licenses/"+id, "", "look").at("activations").([]any)[0].(map[string]any)
	restore := fmt.Sprintf(`{"activationId":%q,"fingerprint":%q,"reason":"server burnt"}`, held["id"], held["fingerprint"])
	for range 2 {
		r := s.send("POST", "/v1/support/licenses/"+id+"/restorations", restore, "restore")
		if r.status != 200 || r.at("license", "seats", "used") != 0.0 || r.at("activation", "state") != "released" {
			t.Fatalf("restoring: %d %s", r.status, r.raw)
		}
	}
	if _, remarks, code := chariot(t, next, "--server", s.URL, "activate", "--license", file); code != 0 {
		t.Fatalf("the next machine: %s", remarks)
	}
	if _, remarks, code := chariot(t, gone, "reactivate"); code != 1 || !strings.Contains(remarks, "given this machine's seat back") {
		t.Errorf("the released machine: exit %d, %s", code, remarks)
	}
	if s.used(t, id) != 1 {
		t.Error("the released machine took something")
	}
}

// The operating system is installed anew under a machine, and its state brought
// back: the seat comes along. What is left of the old one learns of it.
func TestSeatMovesToANewSystem(t *testing.T) {
	s := start(t, t.TempDir())
	id, file := s.issueFile(t)
	machine, left := filepath.Join(t.TempDir(), "machine"), filepath.Join(t.TempDir(), "left")
	steps := []struct {
		name    string
		machine string
		args    []string
		code    int
		says    string
	}{
		{"licensed", machine, []string{"--machine-id", "a", "--server", s.URL, "activate", "--license", file}, 0, "Licensed\n"},
		{"not the same computer any more", machine, []string{"--machine-id", "b", "status"}, 0, "activated on another computer"},
		{"a copy would need a seat of its own", machine, []string{"--machine-id", "b", "activate", "--license", file}, 1, "are taken"},
		{"and cannot give this one back", machine, []string{"--machine-id", "b", "deactivate"}, 2, "activated on another computer"},
		{"the same installation moves", machine, []string{"--machine-id", "b", "reactivate"}, 0, "Licensed\n"},
		{"for good", machine, []string{"--machine-id", "b", "reactivate"}, 0, "Licensed\n"},
		{"what was left behind learns of it", left, []string{"--machine-id", "a", "reactivate"}, 2, "moved to another computer"},
		{"and finds no seat", left, []string{"--machine-id", "a", "activate", "--license", file}, 1, "are taken"},
		{"the seat is given back where it is", machine, []string{"--machine-id", "b", "deactivate"}, 0, "Not licensed"},
		{"and taken again", left, []string{"--machine-id", "a", "activate", "--license", file}, 0, "Licensed\n"},
	}
	for i, step := range steps {
		out, remarks, code := chariot(t, step.machine, step.args...)
		if code != step.code || !strings.Contains(out+remarks, step.says) {
			t.Errorf("%s: exit %d\n%s%s\nwant %d with %q", step.name, code, out, remarks, step.code, step.says)
		}
		if i == 0 {
			if err := os.CopyFS(left, os.DirFS(machine)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if used := s.used(t, id); used != 1 {
		t.Errorf("%d seats are used", used)
	}
}

// A machine that is killed while it waits for its answer asks the same again.
func TestClientKilledInTheMiddle(t *testing.T) {
	s := start(t, t.TempDir())
	id, file := s.issueFile(t)
	machine := filepath.Join(t.TempDir(), "machine")
	for i := range 12 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*2*time.Millisecond)
		cmd := exec.CommandContext(ctx, filepath.Join(os.Getenv("ACCEPTANCE_CHECKOUT"), "bin/chariot"),
			"--server", s.URL, "--state", machine, "activate", "--license", file)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGKILL) }
		_ = cmd.Run()
		cancel()
	}
	if out, remarks, code := chariot(t, machine, "--server", s.URL, "activate", "--license", file); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out, remarks)
	}
	if used := s.used(t, id); used != 1 {
		t.Errorf("%d seats are used by one machine", used)
	}
}

// A lost answer of support's, asked for again: the same license and key.
func TestIssueIsRepeatable(t *testing.T) {
	s := start(t, t.TempDir())
	body := `{"deployment":"online","seats":2,"features":[{"name":"mqtt-server"}],"contactEmail":"plant@example.com"}`
	replies := all(30, func(int) reply { return s.send("POST", "/v1/support/licenses", body, "one") })
	same := count(replies, func(r reply) bool {
		return r.status == 201 && r.at("licenseKey") == replies[0].at("licenseKey") && r.raw == replies[0].raw
	})
	if same != 30 {
		t.Errorf("%d of 30 answers to one call are the same: %d %s", same, replies[0].status, replies[0].raw)
	}
	if r := s.send("POST", "/v1/support/licenses", strings.Replace(body, "2", "3", 1), "one"); r.status != 409 || r.code() != "request-superseded" {
		t.Errorf("another body under the same key: %d %s", r.status, r.raw)
	}
}
