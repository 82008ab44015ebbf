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

// timeless are contacts without a time, which Java refuses, and which Go shows as of
// the year 1. Neither writes one.
var timeless = []string{"/lastContact/at is <nil> (<nil>)", "/lastContact is map[] (map[string]interface {})"}

// The fingerprint stays, or does not, as of TestFingerprintStays, in whichever
// language the machine is opened next.
func TestFingerprintIsShared(t *testing.T) {
	tests := []struct {
		computers []string // empty: it has no ID
		stays     bool
	}{
		{[]string{"a", "a", "a"}, true}, {[]string{"a", "", "a", ""}, true}, {[]string{"", "b", "", "c"}, true},
		{[]string{"a", "b"}, false}, {[]string{"a", "", "b"}, false},
	}
	for name, pair := range pairs(t) {
		for _, tt := range tests {
			v, dir := newVendor(t), t.TempDir()
			var first, last string
			for i, id := range tt.computers {
				opens := v.opens(dir)
				opens.MachineID, opens.NoComputer = id, id == ""
				if last = must(t, pair[i%2], opens).Fingerprint; i == 0 {
					first = last
					must(t, pair[0], order{Do: "activate", Text: v.key.Reveal()})
				}
				must(t, pair[i%2], order{Do: "close"})
			}
			if (first == last) != tt.stays {
				t.Errorf("%s, on %q: %s, then %s", name, tt.computers, first, last)
			}
		}
	}
}

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
	// Nor does another machine take over the license of one whose identity is lost.
	if err := os.Remove(filepath.Join(dir, machineName)); err != nil {
		t.Fatal(err)
	}
	if inGo, inJava := both["Go"].do(v.opens(dir)), both["Java"].do(v.opens(dir)); inGo.Kind != "state" || inGo.Says != inJava.Says {
		t.Errorf("a lost identity:\nGo says   %s\nJava says %s", inGo.Says, inJava.Says)
	}
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
