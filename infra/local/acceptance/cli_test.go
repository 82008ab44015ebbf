package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each row is what a person may do wrong, the exit code, and what helps.
func TestChariotHelps(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	license := write("license.txt", "CHARIOT-00000-00000-00000-00000-00000-0\n")
	nowhere := "http://127.0.0.1:1"
	far, roots := "https://license.example.com", write("roots.json", `[{"kid":"-pJEpN9JhQFOUMXGX-IuH1","kty":"EC","crv":"P-256","alg":"ES256",
		"x":"TFMMrgtxXEcpAhSWC-lad2ghyyRQQyTtLUYNsfJUxdw","y":"xRHX4pyaWSP9993ygXvDRa5_Ov9IRqEvFMSKHeIjoUY"}]`)
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"help", []string{"--help"}, 0, "activate"},
		{"an unknown verb", []string{"frobnicate"}, 2, "frobnicate"},
		{"an unknown flag", []string{"--frob", "status"}, 2, "frob"},
		{"no license file", []string{"--server", nowhere, "activate"}, 2, "--license"},
		{"a license file that is not there", []string{"--server", nowhere, "activate", "--license", filepath.Join(dir, "none")}, 2, "no such file"},
		{"an empty license file", []string{"--server", nowhere, "activate", "--license", write("empty", " \n")}, 2, "empty"},
		{"no license at all", []string{"--server", nowhere, "activate", "--license", write("letter", "Dear customer")}, 2, "no license key found"},
		{"a mistyped key", []string{"--server", nowhere, "activate", "--license", write("typo", "CHARIOT-00000-00000-0000-00000-00000-0")}, 2, "group 3"},
		{"no server", []string{"activate", "--license", license}, 2, "--server"},
		{"a server far away without root keys", []string{"--server", "https://license.example.com", "activate", "--license", license}, 2, "--root-keys"},
		{"plain http to a server far away", []string{"--server", "http://license.example.com", "activate", "--license", license}, 2, "https://"},
		{"no root keys in the file", []string{"--server", nowhere, "--root-keys", license, "activate", "--license", license}, 2, "root"},
		{"nobody there", []string{"--server", nowhere, "--patience", "0s", "activate", "--license", license}, 3, "could not be reached"},
		{"reactivating what never was", []string{"--server", nowhere, "--patience", "0s", "reactivate"}, 3, "could not be reached"},
		{"doctor, and nobody there", []string{"--server", far, "--root-keys", roots, "--address", "127.0.0.1:1", "doctor"}, 3, "license.example.com refuses the connection"},
		{"doctor, and no proxy there", []string{"--server", far, "--root-keys", roots, "--proxy", "http://u:secret@127.0.0.1:1", "doctor"}, 3, "The proxy 127.0.0.1:1 cannot be connected to"},
		{"doctor, and no CA file", []string{"--server", far, "--root-keys", roots, "--ca-file", filepath.Join(dir, "none"), "doctor"}, 2, "The CA file"},
		{"status of a new machine", []string{"status"}, 0, "Not licensed"},
	}
	for _, tt := range tests {
		out, remarks, code := chariot(t, filepath.Join(t.TempDir(), "machine"), tt.args...)
		if code != tt.code || !strings.Contains(out+remarks, tt.says) {
			t.Errorf("%s: exit %d\n%s%s\nwant %d with %q", tt.name, code, out, remarks, tt.code, tt.says)
		}
	}
	stack := start(t, t.TempDir())
	if out, _, code := chariot(t, filepath.Join(t.TempDir(), "machine"), "--server", stack.URL, "doctor"); code != 0 || !strings.Contains(out, "the root keys vouch for it") {
		t.Errorf("doctor where all is well: exit %d, %s", code, out)
	}
	if _, remarks, code := chariot(t, license, "status"); code != 4 {
		t.Errorf("a state directory that is a file: exit %d, %s", code, remarks)
	}
}
