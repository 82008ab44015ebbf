package chariot

import (
	"cmp"
	"encoding/json"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// Judged in Java, every certificate of testdata/verdicts.json has the verdict that
// Go gives: at the time of its row, around every moment at which it changes, and
// with a wrong clock.
func TestJavaJudges(t *testing.T) {
	var file struct {
		Base     map[string]any
		Verdicts []struct {
			Name        string
			Certificate map[string]any
			Now         time.Time
		}
	}
	text, err := os.ReadFile("testdata/verdicts.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil || len(file.Verdicts) < 40 {
		t.Fatalf("%d verdicts, %v", len(file.Verdicts), err)
	}
	java, signer := startJava(t), licensetest.NewSigner(t)
	for _, v := range file.Verdicts {
		whole := maps.Clone(file.Base)
		maps.Copy(whole, v.Certificate)
		maps.DeleteFunc(whole, func(_ string, value any) bool { return value == nil })
		payload, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		judgeInJava(t, java, signer, v.Name, payload, v.Now)
	}
	if in := askVerdict(t, java, map[string]any{"do": "judge", "now": time.Now()}); in != verdictText(t, Judge(nil, time.Now())) {
		t.Errorf("without a certificate: %s", in)
	}
}

func judgeInJava(t *testing.T, java *javaClient, signer *licensetest.Signer, name string, payload []byte, now time.Time) {
	c, err := certificate.Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	message := certificate.SigningInput(certificate.Activation, signer.KeyID(), payload)
	signature, err := signer.Sign(t.Context(), signer.SigningKey(), message)
	if err != nil {
		t.Fatal(err)
	}
	question := map[string]any{
		"do": "judge", "bundle": signer.Bundle(t, 1, signer.Trusted()), "roots": signer.Roots(), "licenseId": c.LicenseID, "fingerprint": c.Fingerprint,
		"certificate": certificate.Compact(certificate.Activation, license.Signed{KeyID: signer.KeyID(), Payload: payload, Signature: signature}),
	}
	times := []time.Time{now, time.Unix(0, 0), c.IssuedAt.Add(-clockSlack - 1), c.IssuedAt.Add(-clockSlack), c.IssuedAt}
	for at := Judge(c, c.IssuedAt).Until; !at.IsZero(); at = Judge(c, at).Until {
		times = append(times, at.Add(-1), at, at.Add(1))
	}
	for _, at := range times {
		question["now"] = at.UTC()
		if got, want := askVerdict(t, java, question), verdictText(t, Judge(c, at)); got != want {
			t.Errorf("%s, at %v:\nJava says %s\nGo says   %s", name, at, got, want)
		}
	}
}

func askVerdict(t *testing.T, java *javaClient, question any) string {
	var answer struct {
		Verdict Verdict
		Says    string
	}
	java.ask(question, &answer)
	if answer.Says != "" {
		t.Error(answer.Says)
	}
	return verdictText(t, answer.Verdict)
}

func verdictText(t *testing.T, v Verdict) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Java names computers, and machines on them, as testdata/computers.json has it.
func TestJavaIdentifies(t *testing.T) {
	java, vectors := startJava(t), readComputerVectors(t)
	for _, v := range vectors.Computers {
		system := map[string]string{"linux": "Linux", "windows": "Windows Server 2022", "darwin": "Mac OS X"}[v.System]
		files := map[string][]byte{}
		for name, text := range v.Files {
			files[name] = []byte(text)
		}
		question := map[string]any{"do": "computer", "system": system, "dir": t.TempDir(), "files": files, "environment": v.Environment, "registry": v.Registry}
		var answer outcome
		if java.ask(question, &answer); answer.Kind != "" || answer.Says != v.ID {
			t.Errorf("%s: %q, want %q", v.Name, answer.Says, v.ID)
		}
	}
	for _, v := range vectors.Fingerprints {
		var answer outcome
		java.ask(map[string]any{"do": "fingerprint", "installationId": v.InstallationID, "id": v.ID}, &answer)
		if want := v.Computer + " " + string(v.Fingerprint); answer.Says != want {
			t.Errorf("ID %q: %q, want %q", v.ID, answer.Says, want)
		}
	}
}

// An interrupt ends a call at once, wherever it waits; the machine is none the
// worse for it, and the thread stays interrupted.
func TestJavaIsInterrupted(t *testing.T) {
	java := startJava(t)
	for name, spoil := range map[string]spoiling{
		"while it waits for an answer": nil, // below
		"between two tries":            silent("/activations", true),
	} {
		v, dir := newVendor(t), t.TempDir()
		server := v.URL
		if v.spoil = spoil; spoil == nil {
			server = "http://" + listen(t, func(net.Conn) {})
		}
		opens := v.opens(dir)
		opens.Server, opens.Sleeps, opens.PatienceMillis = server, true, time.Hour.Milliseconds()
		must(t, java, opens)
		begun := time.Now()
		out := java.do(order{Do: "activate", Text: v.key.Reveal(), StopAfterMillis: 1200})
		if took := time.Since(begun); out.Kind != "unreachable" || !out.Interrupted || took > 10*time.Second {
			t.Errorf("%s: %s %s after %v, interrupted %t", name, out.Kind, out.Says, took, out.Interrupted)
		}
		if stopped := strings.HasPrefix(out.Says, "Stopped before"); stopped != (spoil == nil) {
			t.Errorf("%s: %s", name, out.Says)
		}
		v.spoils(nil)
		must(t, java, order{Do: "close"}, v.opens(dir))
		if out := java.do(order{Do: "activate", Text: v.key.Reveal()}); out.word() != "licensed" || v.seats() != oneHeld {
			t.Errorf("%s, then: %s %s, %s", name, out.word(), out.Says, v.seats())
		}
		must(t, java, order{Do: "close"})
	}
}

// An interrupt in the middle of a write, before any of its steps, does not tear it:
// what was learned is written down.
func TestJavaIsInterruptedWhileItWrites(t *testing.T) {
	java := startJava(t)
	for _, call := range []string{"activate", "reactivate", "deactivate"} {
		interrupted, at := true, 0
		for ; interrupted && at < 100; at++ {
			v, dir := newVendor(t), t.TempDir()
			text, want := v.key.Reveal(), map[string]string{"deactivate": "not licensed"}
			must(t, java, v.opens(dir))
			if call != "activate" {
				must(t, java, order{Do: "activate", Text: text})
			}
			out := java.do(order{Do: call, Text: text, CalmSteps: &at})
			interrupted = out.Interrupted
			if done := cmp.Or(want[call], "licensed"); out.word() != done && !strings.HasPrefix(out.Says, "Stopped before") {
				t.Errorf("%s, interrupted at step %d: %s %s", call, at, out.word(), out.Says)
			} else if again := must(t, java, order{Do: call, Text: text}).word(); again != done {
				t.Errorf("%s, interrupted at step %d, again: %s", call, at, again)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) > 0 {
				t.Errorf("%s, interrupted at step %d: %v is left", call, at, left)
			}
			must(t, java, order{Do: "close"})
		}
		if at < 5 && call != "reactivate" {
			t.Errorf("%s: only %d steps", call, at)
		}
	}
}

// Threads share a machine: calls take their turns, and status waits for none.
func TestJavaThreads(t *testing.T) {
	java := startJava(t)
	v, dir := newVendor(t), t.TempDir()
	must(t, java, v.opens(dir))
	if out := java.do(order{Do: "crowd", Text: v.key.Reveal()}); out.Kind != "" || out.Says != "" {
		t.Errorf("%s: %s", out.Kind, out.Says)
	}
	if out := java.do(order{Do: "status"}); out.word() != "licensed" {
		t.Errorf("%s", out.word())
	}
	must(t, java, order{Do: "close"})
}
