package chariot

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
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
		for _, other := range []client{second, &goClient{T: t}, second} {
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

// timeless are contacts without a time, which Java refuses, and which Go shows as of
// the year 1. Neither writes one.
var timeless = []string{"/lastContact/at is <nil> (<nil>)", "/lastContact is map[] (map[string]interface {})"}

// Damaged files are refused, with the same sentences, and never overwritten.
func TestDamagedStateIsRefusedAlike(t *testing.T) {
	v, dir := newVendor(t), t.TempDir()
	both := map[string]client{"Go": &goClient{T: t}, "Java": startJava(t)}
	must(t, both["Go"], v.opens(dir), order{Do: "pin", Server: v.URL, Roots: v.root.Roots()},
		order{Do: "activate", Text: v.key.Reveal()}, order{Do: "close"})
	for _, name := range []string{machineName, licenseName, trustName, rootsName} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for damage, bad := range damages(t, good, v.key) {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			said := map[string]string{}
			for language, c := range both {
				out := c.do(v.opens(dir))
				if said[language] = out.word() + " " + out.Says; out.Kind == "" {
					must(t, c, order{Do: "close"})
				} else if out.Kind != "state" || strings.Contains(out.Says+out.Trace, v.key.Reveal()) {
					t.Errorf("%s, %s, in %s: %s %s", name, damage, language, out.Kind, out.Says)
				}
				if left, err := os.ReadFile(path); err != nil || out.Kind != "" && string(left) != string(bad) {
					t.Errorf("%s, %s: %s overwrote it: %v", name, damage, language, err)
				}
			}
			if said["Go"] != said["Java"] && !slices.Contains(timeless, damage) {
				t.Errorf("%s, %s:\nGo says   %s\nJava says %s", name, damage, said["Go"], said["Java"])
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, both["Java"], v.opens(dir), order{Do: "status"}, order{Do: "close"})
}

// damages are what a file of the state may have become. With some of it, it can
// still be read.
func damages(t *testing.T, good []byte, key license.Key) map[string][]byte {
	all := map[string][]byte{
		"empty": nil, "half": good[:len(good)/2], "of a newer format": []byte(`{"format":2}`), "of a much newer format": []byte(`{"format":99}`),
		"of no format": []byte("{}"), "of format 0": []byte(`{"format":0}`), "of a format in a text": []byte(`{"format":"1"}`), "a list": []byte("[]"),
		"other": []byte("other"), "zeros": make([]byte, 512), "far too long": make([]byte, maxFile+1), "the format alone": []byte(`{"format":1}`),
		"with something behind": append(slices.Clone(good), '{'),
	}
	for _, wrong := range []any{nil, "", 5, -1, 1.5, true, []any{}, map[string]any{}, "x", strings.ToLower(key.Reveal())} {
		for path, members := range eachMember(t, good) {
			members(wrong, func(text []byte) { all[fmt.Sprintf("%s is %v (%T)", path, wrong, wrong)] = text })
		}
	}
	return all
}

// eachMember has, for each member of a JSON object, nested ones too, a way to write
// the object with another value there.
func eachMember(t *testing.T, text []byte) map[string]func(any, func([]byte)) {
	all := map[string]func(any, func([]byte)){}
	var whole map[string]any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	var visit func(path string, object map[string]any)
	visit = func(path string, object map[string]any) {
		for name, value := range object {
			if inner, ok := value.(map[string]any); ok {
				visit(path+"/"+name, inner)
			}
			if name == "format" {
				continue
			}
			all[path+"/"+name] = func(wrong any, write func([]byte)) {
				kept := object[name]
				object[name] = wrong
				text, err := json.Marshal(whole)
				if object[name] = kept; err != nil {
					t.Fatal(err)
				}
				write(text)
			}
		}
	}
	visit("", whole)
	return all
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
