package chariot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// A scene is what a person, a network and a license server do, one after the other.
type scene struct {
	name  string
	steps []step
	// seats are those of the vendor in the end.
	seats string
}

// A step is a call, and what the server does with its requests.
type step struct {
	// server changes the vendor; nil: nothing.
	server func(*vendor)
	// call is that of a method of Machine, or one of play's.
	call string
	// want is outcome.word.
	want string
}

type spoiling = func(http.ResponseWriter, *http.Request, int) (answered, lose bool)

// spoils makes a step's server of what spoils it.
func spoils(s spoiling) func(*vendor) { return func(v *vendor) { v.spoil = s } }

// lost loses the first n answers to what ends in path: once it has happened, or,
// where it is unheard, before.
func lost(path string, heard bool, n int) func(*vendor) {
	drop := silent(path, heard)
	return spoils(func(w http.ResponseWriter, r *http.Request, at int) (bool, bool) {
		if strings.HasSuffix(r.URL.Path, path) {
			n--
		}
		if n < 0 {
			return false, false
		}
		return drop(w, r, at)
	})
}

// raw answers what ends in path with a status, headers as "Name: value", and a body.
func raw(path string, status int, body string, headers ...string) func(*vendor) {
	return spoils(func(w http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false, false
		}
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true, false
	})
}

func problem(path string, status int, code string, with map[string]any) func(*vendor) {
	return spoils(refusing(path, status, code, with))
}

// answering answers what ends in path with JSON.
func answering(path string, answer func(*vendor) any) func(*vendor) {
	return func(v *vendor) {
		v.spoil = func(w http.ResponseWriter, r *http.Request, _ int) (bool, bool) {
			if !strings.HasSuffix(r.URL.Path, path) {
				return false, false
			}
			w.Header().Set("Content-Type", "application/json")
			writeJSON(w, answer(v))
			return true, false
		}
	}
}

func well(v *vendor) { v.spoil = nil }

// with changes a member of the good answer.
func with(path []string, value any) func(*vendor) any {
	return func(v *vendor) any {
		text, err := json.Marshal(v.licensed())
		if err != nil {
			v.Error(err)
		}
		var body map[string]any
		_ = json.Unmarshal(text, &body)
		object := body
		for _, name := range path[:len(path)-1] {
			object = object[name].(map[string]any)
		}
		object[path[len(path)-1]] = value
		return body
	}
}

// A stage is where a scene is played: a server that notes what it is asked, and a
// state directory.
type stage struct {
	*vendor
	another  string
	client   client
	opened   order
	requests []string
	// told is what the client said after each step, and what it kept.
	told []string
}

// newStage sets a stage for a vendor's twin: the same keys and license, as before
// anything happened.
func newStage(t *testing.T, v *vendor, another string, c client) *stage {
	twin := &vendor{T: t, signer: v.signer, root: v.root, license: v.license, key: v.key, bundle: v.bundle}
	s := &stage{vendor: twin, another: another, client: c}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		twin.change(func() {
			s.requests = append(s.requests, fmt.Sprintf("%s %s %s %s %s %s", r.Method, r.URL.EscapedPath(),
				r.Header["Accept"], r.Header["Content-Type"], r.Header["User-Agent"], body))
			if strings.Contains(fmt.Sprint(r.URL, r.Header), s.key.Reveal()) {
				t.Errorf("the license key is in the head of %s %s", r.Method, r.URL)
			}
		})
		r.Body = io.NopCloser(bytes.NewReader(body))
		twin.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.opened = order{
		Do: "open", Dir: filepath.Join(t.TempDir(), "state"), Server: server.URL, Roots: v.root.Roots(), MachineID: "computer a",
		Hostname: "plant-7\n<1>", Version: "3.0.1", Now: time.Date(2030, 1, 1, 12, 0, 0, 123456789, time.UTC),
	}
	if err := os.Mkdir(s.opened.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf(`{"format":1,"installationId":%q,"computer":%q}`, strings.Repeat("0f", 32), computerName(s.opened.MachineID))
	if err := os.WriteFile(filepath.Join(s.opened.Dir, machineName), []byte(id), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// play plays a scene and says what it saw.
func (s *stage) play(c scene) string {
	s.do(s.opened, "done", c.name)
	for i, step := range c.steps {
		if step.server != nil {
			s.change(func() { step.server(s.vendor) })
		}
		s.call(step, fmt.Sprintf("%s, step %d", c.name, i+1))
	}
	s.do(order{Do: "close"}, "done", c.name)
	if s.seats() != c.seats {
		s.Errorf("%s: %s, want %s", c.name, s.seats(), c.seats)
	}
	return same(strings.Join(slices.Concat(s.requests, s.told, s.files()), "\n"))
}

// call makes the call of a step. Besides the machine's own there are
//
//	activate another   with another license
//	activate file      with the license file
//	activate mistyped  with the license key and two letters that no key has
//	reopen             after the machine was closed; "reopen on …": on another computer
//	patient …          where it is tried again
func (s *stage) call(st step, where string) {
	call, patient := strings.CutPrefix(st.call, "patient ")
	on, reopens := strings.CutPrefix(call, "reopen")
	if reopens || patient {
		s.do(order{Do: "close"}, "done", where)
		again := s.opened
		if patient {
			again.PatienceMillis = time.Hour.Milliseconds()
		} else {
			again.MachineID += strings.TrimPrefix(on, " on")
		}
		s.do(again, "done", where)
	}
	if reopens {
		return
	}
	text := s.key.Reveal()
	switch call {
	case "activate another":
		call, text = "activate", s.another
	case "activate mistyped":
		call, text = "activate", strings.Replace(text, "-", "-U", 2)
	case "activate file":
		call, text = "activate", license.File(&s.license, s.key)
	}
	s.do(order{Do: call, Text: text}, st.want, where)
}

func (s *stage) do(o order, want, where string) {
	out := s.client.do(o)
	if out.word() != want {
		s.Errorf("%s, %s: %s %s, want %s", where, o.Do, out.word(), out.Says, want)
	}
	all := fmt.Sprint(out.Waits, out.Says, string(out.Status), out.Trace, out.Prints)
	for _, secret := range append(s.secrets(), "\x1b") {
		if strings.Contains(all, secret) {
			s.Errorf("%s, %s: it shows %q", where, o.Do, secret)
		}
	}
	s.told = append(s.told, fmt.Sprintf("%s: %s %s\n%s\n%s", o.Do, out.word(), out.Says, strings.Join(out.Waits, "\n"), out.Status))
}

// secrets are the license key, and parts of it that would give much of it away.
func (s *stage) secrets() []string {
	groups := strings.Split(s.key.Reveal(), "-")
	return []string{s.key.Reveal(), groups[2], groups[4]}
}

// files are the state as it is on disk.
func (s *stage) files() (all []string) {
	entries, err := os.ReadDir(s.opened.Dir)
	if err != nil {
		s.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		text, errRead := os.ReadFile(filepath.Join(s.opened.Dir, entry.Name()))
		if err != nil || errRead != nil || info.Mode() != 0o600 {
			s.Errorf("%s: %v, %v, %v", entry.Name(), info.Mode(), err, errRead)
		}
		if entry.Name() != licenseName && strings.Contains(string(text), s.key.Reveal()) {
			s.Errorf("%s holds the license key", entry.Name())
		}
		all = append(all, entry.Name()+": "+string(text))
	}
	return all
}

var accidental = regexp.MustCompile(`eyJ[\w.-]+|(http://)?127\.0\.0\.1:\d+|20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z| UTC)|(failed: ).*?(\. Check)`)

// same leaves out what differs from one play to the next: signed texts, ports and
// times; and what systems and libraries say.
func same(text string) string { return accidental.ReplaceAllString(text, "…") }

// Each scene is played to the Go client and to the Java client. Both must do what
// the scene says; and send the same requests, say the same sentences, and leave the
// same files, byte by byte.
func TestScenarios(t *testing.T) {
	java := startJava(t)
	_, another := licensetest.NewLicense(1)
	names := map[string]bool{}
	for i, c := range scenes() {
		if names[c.name] {
			t.Fatalf("two scenes are called %s", c.name)
		}
		names[c.name] = true
		v := newVendor(t)
		inGo := newStage(t, v, another.Reveal(), &goClient{T: t}).play(c)
		inJava := newStage(t, v, another.Reveal(), java).play(scenes()[i]) // its own, since servers count
		if a, b := difference(inGo, inJava); a != b {
			t.Errorf("%s: Go and Java differ.\nGo:   %s\nJava: %s", c.name, a, b)
		}
	}
}

// difference is the first line in which two texts differ, in both.
func difference(a, b string) (inA, inB string) {
	as, bs := strings.Split(a+"\n", "\n"), strings.Split(b+"\n", "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return as[i], bs[i]
		}
	}
	return "", ""
}
