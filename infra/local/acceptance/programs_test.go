package acceptance

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// A program is a stand-in for a Chariot server: what stands before its arguments.
type program []string

func (p program) command(machine string, args ...string) *exec.Cmd {
	return exec.Command(p[0], slices.Concat(p[1:], []string{"--state", machine}, args)...)
}

// run runs the program on a machine of its own.
func (p program) run(t *testing.T, machine string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return finish(t, p.command(machine, args...))
}

// finish runs a command to its end, whatever that is.
func finish(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, remarks bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &remarks
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), remarks.String(), cmd.ProcessState.ExitCode()
}

// A run is one run of a program, and what has to come of it.
type run struct {
	name, machine string
	args          []string
	code          int
	says          string // in what is printed
}

// steps makes runs, one after the other, and returns all that was said.
func (p program) steps(t *testing.T, runs []run) (said []string) {
	t.Helper()
	for _, r := range runs {
		out, remarks, code := p.run(t, r.machine, r.args...)
		if code != r.code || !strings.Contains(out+remarks, r.says) {
			t.Errorf("%s: exit %d\n%s%s\nwant %d with %q", r.name, code, out, remarks, r.code, r.says)
		}
		said = append(said, fmt.Sprintf("%s: exit %d\n%s\n%s", r.name, code, out, remarks))
	}
	return said
}

// programs are bin/chariot and, where there is a JDK, or has to be, its twin in Java.
func programs(t *testing.T) map[string]program {
	t.Helper()
	all := map[string]program{"Go": {filepath.Join(os.Getenv("ACCEPTANCE_CHECKOUT"), "bin/chariot")}}
	if _, err := exec.LookPath("javac"); err == nil || os.Getenv("CI") == "true" {
		all["Java"] = program{"java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", licensetest.Java(t), "com.cirruslink.chariot.license.Main"}
	}
	return all
}

// everyProgram has all programs do the same, each for itself, and wants them to have
// said the same, whatever is accidental left out.
func everyProgram(t *testing.T, do func(t *testing.T, p program) (said []string)) {
	said := map[string][]string{}
	for name, p := range programs(t) {
		t.Run(name, func(t *testing.T) { said[name] = do(t, p) })
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if len(said[name]) != len(said["Go"]) {
			t.Fatalf("%s said %d things, Go %d", name, len(said[name]), len(said["Go"]))
		}
		for i, text := range said[name] {
			if a, b := alike(text), alike(said["Go"][i]); a != b {
				t.Errorf("%s says\n%s\nand Go\n%s", name, a, b)
			}
		}
	}
}

var accidental = regexp.MustCompile(`(lic|act)_[0-9A-Z]{26,}|\b[0-9a-f]{64}\b|20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ|/tmp/\S*/`)

// alike leaves out IDs, fingerprints, times and folders.
func alike(text string) string {
	return strings.ReplaceAll(accidental.ReplaceAllString(text, "…"), os.TempDir(), "…")
}

// Interrupted while it waits, a program says so and ends at once.
func TestChariotIsStopped(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	roots, license := filepath.Join(t.TempDir(), "roots.json"), filepath.Join(t.TempDir(), "license.txt")
	for path, text := range map[string]string{roots: someRoots, license: "CHARIOT-00000-00000-00000-00000-00000-0\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	everyProgram(t, func(t *testing.T, p program) []string {
		cmd := p.command(filepath.Join(t.TempDir(), "machine"), "--server", "http://"+listener.Addr().String(), "--root-keys", roots, "activate", "--license", license)
		var remarks bytes.Buffer
		cmd.Stderr = &remarks
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		conn, err := listener.Accept() // it waits for an answer
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		begun := time.Now()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 3 || time.Since(begun) > 5*time.Second || !strings.Contains(remarks.String(), "Stopped before the license server") {
			t.Errorf("exit %d after %v: %s", code, time.Since(begun), remarks.String())
		}
		return []string{remarks.String()}
	})
}
