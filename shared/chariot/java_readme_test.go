package chariot

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// The program in java/README.md compiles, and licenses a server.
func TestJavaReadme(t *testing.T) {
	v, dir, classpath := newVendor(t), t.TempDir(), licensetest.Java(t)
	text, err := os.ReadFile("java/README.md")
	if err != nil {
		t.Fatal(err)
	}
	program := regexp.MustCompile("(?s)```java\n(.*?)```").FindSubmatch(text)
	if program == nil {
		t.Fatal("there is no program")
	}
	roots, err := json.Marshal(map[string]any{"rootKeys": v.root.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	for name, text := range map[string][]byte{
		"LicensedServer.java": program[1], "roots.json": roots, "license.txt": []byte(license.File(&v.license, v.key)), "letter.txt": []byte("Dear customer"),
	} {
		paths[name] = filepath.Join(dir, name)
		if err := os.WriteFile(paths[name], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := exec.Command("javac", "--release", "11", "-Xlint:all", "-Werror", "-cp", classpath, "-d", dir, paths["LicensedServer.java"]).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for file, want := range map[string]string{"license.txt": string(v.license.ID) + ": run", "letter.txt": "no license key found"} {
		said, err := exec.Command("java", "-cp", classpath+string(os.PathListSeparator)+dir, "LicensedServer", v.URL, paths["roots.json"],
			filepath.Join(dir, "state of "+file), paths[file]).CombinedOutput()
		if err != nil || !strings.Contains(string(said), want) {
			t.Errorf("%s: %v\n%s\nwant %q", file, err, said, want)
		}
	}
}
