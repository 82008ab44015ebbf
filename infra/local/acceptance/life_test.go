package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// issueFile issues a license of one seat and writes its file.
func (s *stack) issueFile(t *testing.T) (id, path string) {
	t.Helper()
	r := s.send("POST", "/v1/support/licenses", `{"deployment":"online","seats":1,"features":[{"name":"mqtt-server"}],
		"contactEmail":"plant@example.com"}`, t.Name())
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
	everyProgram(t, s.life)
}

func (s *stack) life(t *testing.T, p program) (said []string) {
	id, file := s.issueFile(t)
	seven, eight := filepath.Join(t.TempDir(), "plant-7"), filepath.Join(t.TempDir(), "plant-8")
	strangers := filepath.Join(t.TempDir(), "strangers.json")
	if err := os.WriteFile(strangers, []byte(someRoots), 0o600); err != nil {
		t.Fatal(err)
	}
	said = p.steps(t, []run{
		{"not licensed yet", seven, []string{"status"}, 0, "Not licensed"},
		{"licensed", seven, []string{"--server", s.URL, "activate", "--license", file}, 0, "Licensed\n"},
		{"no seat for another", eight, []string{"--server", s.URL, "activate", "--license", file}, 1, "All seats of this license (1) are taken"},
		{"keys that vouch for nobody", seven, []string{"--root-keys", strangers, "doctor"}, 3, "cannot be trusted"},
		{"nor for a reactivation", seven, []string{"--root-keys", strangers, "reactivate"}, 3, "cannot be trusted"},
		{"a server that is not there", seven, []string{"--server", "http://127.0.0.1:1", "--patience", "0s", "reactivate"}, 3, "could not be reached"},
		{"neither is remembered", seven, []string{"reactivate"}, 0, "Licensed\n"},
		{"again, nothing changes", seven, []string{"activate", "--license", file}, 0, "Licensed\n"},
	})
	r := s.send("PATCH", "/v1/support/licenses/"+id, `{"addFeatures":[{"name":"iot-bridge-snowflake"}],"reason":"upgrade"}`, t.Name()+" upgraded")
	if r.status != 200 {
		t.Fatalf("an update: %d %s", r.status, r.raw)
	}
	said = append(said, p.steps(t, []run{
		{"pulled without a restart", seven, []string{"reactivate"}, 0, "iot-bridge-snowflake, billed by use"},
		{"seen from disk alone", seven, []string{"status", "--json"}, 0, `"revision": 2`},
		{"given back", seven, []string{"deactivate"}, 0, "Not licensed"},
		{"given back again", seven, []string{"deactivate"}, 0, "Not licensed"},
		{"another server takes it", eight, []string{"activate", "--license", file}, 0, "Licensed\n"},
		{"and the first finds none", seven, []string{"activate", "--license", file}, 1, "taken"},
		{"reactivating what is gone", seven, []string{"reactivate"}, 2, "not activated"},
	})...)
	key := s.send("POST", "/v1/support/licenses", `{"deployment":"online","seats":1,"features":[{"name":"mqtt-server"}],
		"contactEmail":"plant@example.com"}`, t.Name()).at("licenseKey").(string)
	if all := s.log(t) + strings.Join(said, ""); strings.Contains(all, key) || strings.Contains(all, "plant@example.com") {
		t.Error("the license key or the address is in the log, or in what was printed")
	}
	return said
}

// Support restores the seat of a machine that is gone; should it come back, it
// is told, and a person may ask again.
func TestRestoration(t *testing.T) {
	s := start(t, t.TempDir())
	everyProgram(t, s.restoration)
}

func (s *stack) restoration(t *testing.T, p program) []string {
	id, file := s.issueFile(t)
	gone, next := filepath.Join(t.TempDir(), "gone"), filepath.Join(t.TempDir(), "next")
	if _, remarks, code := p.run(t, gone, "--server", s.URL, "activate", "--license", file); code != 0 {
		t.Fatal(remarks)
	}
	held := s.send("GET", "/v1/support/licenses/"+id, "", "look").at("activations").([]any)[0].(map[string]any)
	restore := fmt.Sprintf(`{"activationId":%q,"fingerprint":%q,"reason":"server burnt"}`, held["id"], held["fingerprint"])
	for range 2 {
		r := s.send("POST", "/v1/support/licenses/"+id+"/restorations", restore, t.Name()+" restored")
		if r.status != 200 || r.at("license", "seats", "used") != 0.0 || r.at("activation", "state") != "released" {
			t.Fatalf("restoring: %d %s", r.status, r.raw)
		}
	}
	said := p.steps(t, []run{
		{"the next machine", next, []string{"--server", s.URL, "activate", "--license", file}, 0, "Licensed\n"},
		{"the released machine", gone, []string{"reactivate"}, 1, "given this machine's seat back"},
	})
	if s.used(t, id) != 1 {
		t.Error("the released machine took something")
	}
	return said
}

// The operating system is installed anew under a machine, and its state brought
// back: the seat comes along. What is left of the old one learns of it.
func TestSeatMovesToANewSystem(t *testing.T) {
	s := start(t, t.TempDir())
	everyProgram(t, s.move)
}

func (s *stack) move(t *testing.T, p program) []string {
	id, file := s.issueFile(t)
	machine, left := filepath.Join(t.TempDir(), "machine"), filepath.Join(t.TempDir(), "left")
	said := p.steps(t, []run{
		{"licensed", machine, []string{"--machine-id", "a", "--server", s.URL, "activate", "--license", file}, 0, "Licensed\n"},
	})
	if err := os.CopyFS(left, os.DirFS(machine)); err != nil {
		t.Fatal(err)
	}
	said = append(said, p.steps(t, []run{
		{"not the same computer any more", machine, []string{"--machine-id", "b", "status"}, 0, "activated on another computer"},
		{"a copy would need a seat of its own", machine, []string{"--machine-id", "b", "activate", "--license", file}, 1, "are taken"},
		{"and cannot give this one back", machine, []string{"--machine-id", "b", "deactivate"}, 2, "activated on another computer"},
		{"the same installation moves", machine, []string{"--machine-id", "b", "reactivate"}, 0, "Licensed\n"},
		{"for good", machine, []string{"--machine-id", "b", "reactivate"}, 0, "Licensed\n"},
		{"what was left behind learns of it", left, []string{"--machine-id", "a", "reactivate"}, 2, "moved to another computer"},
		{"and finds no seat", left, []string{"--machine-id", "a", "activate", "--license", file}, 1, "are taken"},
		{"the seat is given back where it is", machine, []string{"--machine-id", "b", "deactivate"}, 0, "Not licensed"},
		{"and taken again", left, []string{"--machine-id", "a", "activate", "--license", file}, 0, "Licensed\n"},
	})...)
	if used := s.used(t, id); used != 1 {
		t.Errorf("%d seats are used", used)
	}
	return said
}

// A machine that is killed while it waits for its answer asks the same again.
func TestClientKilledInTheMiddle(t *testing.T) {
	s := start(t, t.TempDir())
	everyProgram(t, s.killed)
}

func (s *stack) killed(t *testing.T, p program) []string {
	id, file := s.issueFile(t)
	machine := filepath.Join(t.TempDir(), "machine")
	args := []string{"--server", s.URL, "activate", "--license", file}
	begun := time.Now()
	_, _, _ = p.run(t, filepath.Join(t.TempDir(), "other"), "status")
	least := time.Since(begun) // what the program takes to start
	for i := range 12 {
		cmd := p.command(machine, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(least/2+time.Duration(i)*(least/12+2*time.Millisecond), func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
	}
	said := p.steps(t, []run{{"again", machine, args, 0, "Licensed\n"}})
	if used := s.used(t, id); used != 1 {
		t.Errorf("%d seats are used by one machine", used)
	}
	return said[:0] // whether it was pinned before, depends
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
