package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// replaceKey replaces a license key, and returns the new one and its file's path.
func (s *stack) replaceKey(t *testing.T, id, call string) (key, path string) {
	t.Helper()
	r := s.send("POST", "/v1/support/licenses/"+id+"/keys", `{"reason":"posted in a forum"}`, call)
	key, _ = r.at("licenseKey").(string)
	text, _ := r.at("licenseFile").(string)
	path = filepath.Join(t.TempDir(), "license.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil || r.status != 201 || r.at("license", "id") != id || !strings.Contains(text, id) {
		t.Fatalf("replacing the key: %d, %v", r.status, err)
	}
	return key, path
}

// A license file leaks, and support replaces its key: the machine is told, and with
// the new file it is licensed again, in the seat that it had.
func TestLeakedKeyIsReplaced(t *testing.T) {
	s := start(t, t.TempDir())
	everyProgram(t, s.leak)
}

func (s *stack) leak(t *testing.T, p program) (said []string) {
	id, leaked := s.issueFile(t)
	plant, thief := filepath.Join(t.TempDir(), "plant"), filepath.Join(t.TempDir(), "thief")
	said = p.steps(t, []run{
		{"before", plant, []string{"--server", s.URL, "activate", "--license", leaked}, 0, "Licensed\n"},
	})
	seat := func() any {
		return s.send("GET", "/v1/support/licenses/"+id, "", "look").at("activations").([]any)[0].(map[string]any)["id"]
	}
	had := seat()
	key, file := s.replaceKey(t, id, t.Name()+" replaced")
	const unknown = "does not know this license key"
	said = append(said, p.steps(t, []run{
		{"the thief", thief, []string{"--server", s.URL, "activate", "--license", leaked}, 1, unknown},
		{"the machine goes on", plant, []string{"status"}, 0, "Licensed\n"},
		{"reactivate", plant, []string{"reactivate"}, 1, unknown},
		{"what helps", plant, []string{"reactivate"}, 1, "if Cirrus Link has sent you a newer file, activate with that one"},
		{"activate with the new file", plant, []string{"activate", "--license", file}, 0, "Licensed\n"},
		{"reactivate again", plant, []string{"reactivate"}, 0, "Licensed\n"},
		{"the old file once more", plant, []string{"activate", "--license", leaked}, 2, "another license"},
	})...)
	if used := s.used(t, id); used != 1 || seat() != had {
		t.Errorf("%d seats are used, by %v; want the one that it had, %v", used, seat(), had)
	}
	if again, _ := s.replaceKey(t, id, t.Name()+" replaced"); again != key {
		t.Error("the same call replaced the key twice")
	}
	said = append(said, p.steps(t, []run{{"deactivate", plant, []string{"deactivate"}, 0, "Not licensed"}})...)
	if s.used(t, id) != 0 {
		t.Error("the seat was not given back")
	}
	if strings.Contains(s.log(t), key) {
		t.Error("the new key is in the log")
	}
	return said
}

// Fifty machines activate with the old key, over and over, while it is replaced:
// every process of the function refuses it from the answer on.
func TestKeyReplacedUnderLoad(t *testing.T) {
	s := start(t, t.TempDir())
	const seats = 30
	id, old := s.issue(t, seats)
	var granted atomic.Int64
	var answered atomic.Bool
	defer answered.Store(true) // whatever ends the test, the load ends too
	var load sync.WaitGroup
	last := make([]reply, 50)
	for i := range last {
		load.Go(func() {
			for late := false; !late && last[i].status != 404; {
				late = answered.Load()
				if last[i] = s.activate(old, i); last[i].status == 201 {
					granted.Add(1)
				}
			}
		})
	}
	for granted.Load() < 5 {
		time.Sleep(time.Millisecond)
	}
	key, _ := s.replaceKey(t, id, "replace")
	answered.Store(true)
	used := s.used(t, id)
	load.Wait()
	for i, r := range last {
		if r.code() != "license-not-found" {
			t.Errorf("machine %d with the old key: %d %s", i, r.status, r.raw)
		}
	}
	if in := s.used(t, id); in != used || used > seats || granted.Load() != int64(used) {
		t.Errorf("%d of %d seats used at the answer, %d in the end, %d granted", used, seats, in, granted.Load())
	}
	if r := s.activate(key, len(last)); r.status/100 != 2 && (used < seats || r.code() != "seats-taken") {
		t.Errorf("the new key, with %d of %d seats used: %d %s", used, seats, r.status, r.raw)
	}
}
