package chariot

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pairs are the two clients in both orders.
func pairs(t *testing.T) map[string][2]client {
	java := startJava(t)
	goes := &goClient{T: t}
	return map[string][2]client{"Go, then Java": {goes, java}, "Java, then Go": {java, goes}}
}

// opens is the order to open a directory for the vendor.
func (v *vendor) opens(dir string) order {
	return order{Do: "open", Dir: dir, Server: v.URL, Roots: v.root.Roots(), MachineID: "computer a"}
}

// must gives orders that must succeed.
func must(t *testing.T, c client, orders ...order) (last outcome) {
	t.Helper()
	for _, o := range orders {
		if last = c.do(o); last.Kind != "" {
			t.Fatalf("%s: %s %s", o.Do, last.Kind, last.Says)
		}
	}
	return last
}

// Each client keeps the other out, and itself; and only for as long as it is there.
func TestLockIsShared(t *testing.T) {
	third := startJava(t)
	for name, pair := range pairs(t) {
		v, dir := newVendor(t), t.TempDir()
		first, second := pair[0], pair[1]
		must(t, first, v.opens(dir))
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(dir, link); err != nil {
			t.Fatal(err)
		}
		// The second, and again the first, in one process: closing what was opened in
		// vain must not give up the lock.
		for _, other := range []client{second, &goClient{T: t}, third, second} {
			for _, path := range []string{dir, link} {
				if out := other.do(v.opens(path)); out.Kind != "state" || !strings.Contains(out.Says, path+" cannot be used: another process uses") {
					t.Errorf("%s: %s %s", name, out.Kind, out.Says)
				}
			}
		}
		if j, ok := first.(*javaClient); ok {
			again := &javaClient{T: t, in: j.in, out: j.out}
			if out := again.do(v.opens(link)); out.Kind != "state" {
				t.Errorf("%s: Java twice: %s", name, out.word())
			}
			if out := second.do(v.opens(dir)); out.Kind != "state" {
				t.Errorf("%s: Java gave its lock up: %s", name, out.word())
			}
		}
		must(t, first, order{Do: "close"})
		must(t, second, v.opens(dir), order{Do: "close"})
		must(t, first, v.opens(dir), order{Do: "close"})
	}
}

// While the server answers, the disk stops taking what is written: each client says
// so, with what the server said, and goes on where it was once the disk does again.
func TestDiskRefuses(t *testing.T) {
	for language, c := range map[string]client{"Go": &goClient{T: t}, "Java": startJava(t)} {
		for name, refused := range map[string]spoiling{"": nil, "The license server is busy": refusing("/activations", 403, "unavailable", nil)} {
			v, dir := newVendor(t), filepath.Join(t.TempDir(), "state")
			inTheWay := filepath.Join(dir, licenseName+".new")
			must(t, c, v.opens(dir))
			v.spoils(func(w http.ResponseWriter, r *http.Request, n int) (bool, bool) {
				if r.URL.Path != "/v1/activations" {
					return false, false
				}
				if err := os.MkdirAll(filepath.Join(inTheWay, "x"), 0o700); err != nil {
					t.Error(err)
				}
				if refused != nil {
					return refused(w, r, n)
				}
				return false, false
			})
			activate := order{Do: "activate", Text: v.key.Reveal()}
			out := c.do(activate)
			if all := out.Says + out.Trace; out.Kind != "state" || !strings.Contains(out.Says, "directory not empty") || !strings.Contains(all, name) {
				t.Errorf("%s: %s %s", language, out.Kind, all)
			}
			if err := os.RemoveAll(inTheWay); err != nil {
				t.Fatal(err)
			}
			v.spoils(nil)
			if must(t, c, activate, order{Do: "close"}); v.seats() != oneHeld || len(slices.Compact(v.sequences)) != 1 {
				t.Errorf("%s: %s, sequences %v", language, v.seats(), v.sequences)
			}
		}
	}
}

// A machine passes from one client to the other at any point of its life.
func TestStateIsShared(t *testing.T) {
	for name, pair := range pairs(t) {
		v, dir, turn := newVendor(t), filepath.Join(t.TempDir(), "a", "state"), 0
		next := func(do string) outcome {
			t.Helper()
			c := pair[turn%2]
			turn++
			must(t, c, v.opens(dir))
			out := c.do(order{Do: do, Text: v.key.Reveal()})
			must(t, c, order{Do: "close"})
			return out
		}
		expect := func(do, want string) {
			t.Helper()
			if out := next(do); out.word() != want {
				t.Errorf("%s: turn %d, %s: %s %s, want %s", name, turn, do, out.word(), out.Says, want)
			}
		}
		expect("status", "not licensed")
		expect("activate", "licensed")
		expect("status", "licensed")
		v.change(func() { upgrade(v) })
		expect("reactivate", "licensed")
		expect("status", "licensed")
		v.spoils(silent("/deactivate", true))
		expect("deactivate", "unreachable")
		expect("reactivate", "refusal")
		v.spoils(silent("/activations", false))
		expect("activate", "unreachable") // the deactivation is done, and the activation waits
		expect("status", "not licensed")
		v.spoils(nil)
		expect("activate", "licensed")
		expect("deactivate", "not licensed")
		if v.seats() != "2 opened, held false" {
			t.Errorf("%s: %s", name, v.seats())
		}
	}
}

// Killed before any step of any write, in either language, a machine goes on in the
// other: with one seat, and the same intent where it had been sent.
func TestKilledInOneLanguage(t *testing.T) {
	for name, pair := range pairs(t) {
		for _, call := range []string{"activate", "reactivate", "move", "deactivate"} {
			at := 0
			for killedAt(t, pair, name, call, at) {
				at++
			}
			if at < 4 {
				t.Errorf("%s, %s: only %d steps", name, call, at)
			}
		}
	}
}

// killedAt kills the first client before a step, and has the second go on. It
// reports whether there was such a step.
func killedAt(t *testing.T, pair [2]client, name, call string, at int) bool {
	v, dir := newVendor(t), t.TempDir()
	where := fmt.Sprintf("%s, %s, killed at step %d", name, call, at)
	opens, text := v.opens(dir), v.key.Reveal()
	if call != "activate" {
		must(t, pair[0], opens, order{Do: "activate", Text: text}, order{Do: "close"})
		v.change(func() { v.sequences = nil })
	}
	do := call
	if call == "move" {
		do, opens.MachineID = "reactivate", "computer b"
	}
	must(t, pair[0], opens)
	out := pair[0].do(order{Do: do, Text: text, Steps: &at})
	must(t, pair[0], order{Do: "close"}) // as the kernel does
	must(t, pair[1], opens)
	stood := must(t, pair[1], order{Do: "status"}).word()
	after := must(t, pair[1], order{Do: do, Text: text}).word()
	must(t, pair[1], order{Do: "close"})
	want := map[bool]string{true: "not licensed", false: "licensed"}[call == "deactivate"]
	if seats := fmt.Sprintf("1 opened, held %t", call != "deactivate"); v.seats() != seats || after != want {
		t.Errorf("%s: %s, %s; want %s", where, after, v.seats(), seats)
	}
	// One intent, unless its answer was on disk already: then it is a new one.
	if sent := slices.Compact(slices.Clone(v.sequences)); len(sent) > 1 && !(call == "activate" && stood == "licensed") {
		t.Errorf("%s: sequences %v, want one", where, v.sequences)
	}
	return out.Kind == "killed"
}

// Whoever has closed a machine has no lock on its directory any more.
func TestClosedMachine(t *testing.T) {
	for language, c := range map[string]client{"Go": &goClient{T: t}, "Java": startJava(t)} {
		v := newVendor(t)
		must(t, c, v.opens(t.TempDir()))
		must(t, c, order{Do: "activate", Text: v.key.Reveal()}, order{Do: "close"})
		for _, call := range []string{"activate", "reactivate", "deactivate"} {
			out := c.do(order{Do: call, Text: v.key.Reveal()})
			if out.Kind != "state" || !strings.Contains(out.Says, "the machine was closed") {
				t.Errorf("%s in %s: %s %s", call, language, out.Kind, out.Says)
			}
		}
	}
}
