package api

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// suite is the folder of independent data beside the repository; tests that need
// it say so and go on where it is absent.
func suite(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("skipped: %s is not there", folder)
	}
	return folder
}

// The edge takes every y_ document of JSONTestSuite and refuses every n_: whole,
// and as a member that is ignored. It decides about the i_ ones, but never fails.
func TestJSONSuite(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suite(t, "json-test-suite"), "test_parsing", "*.json"))
	if err != nil || len(files) < 300 {
		t.Fatalf("%d documents, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p := &plant{}
		d := newDoor(p.routes()...)
		document, name := string(data), filepath.Base(file)
		whole := d.send(t, activateRoute, document)
		member := d.send(t, activateRoute, good(`,"ignored":`+document))
		switch kind := strings.TrimLeft(document, " \t\r\n"); name[:2] {
		case "y_":
			want := notObject
			if strings.HasPrefix(kind, "{") {
				want = "licenseKey: The license key is missing."
			}
			if whole.problem.Detail != want {
				t.Errorf("%s, whole: %s, want %q", name, whole.Body, want)
			}
			if member.StatusCode != 200 || len(p.asked) != 1 {
				t.Errorf("%s, ignored: %s", name, member.Body)
			}
		case "n_":
			if whole.StatusCode != 400 || whole.problem.Detail == notObject || strings.Contains(whole.problem.Detail, "missing") {
				t.Errorf("%s, whole: %s", name, whole.Body)
			}
			if member.StatusCode != 400 || member.problem.Detail != notJSON || len(p.asked) != 0 {
				t.Errorf("%s, ignored: %s", name, member.Body)
			}
		}
		if whole.StatusCode >= 500 || member.StatusCode >= 500 || whole.StatusCode == 413 {
			t.Errorf("%s: %s, %s", name, whole.Body, member.Body)
		}
	}
}
