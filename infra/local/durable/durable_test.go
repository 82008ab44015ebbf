package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cirruslink/chariot-license/infra/local/durable"
)

func TestWriteFileReplacesAndLeavesNothingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	for _, content := range []string{"first", "second, longer", ""} {
		if err := durable.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Fatalf("read %q, %v; want %q", got, err, content)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Fatalf("directory holds %v, %v; want the file alone", entries, err)
	}
}

func TestWriteFileSaysWhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "state.json")
	if err := durable.WriteFile(path, nil, 0o600); err == nil {
		t.Fatal("wrote into a directory that does not exist")
	}
}
