package acceptance

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// someRoots are root keys that vouch for nobody.
const someRoots = `[{"kid":"-pJEpN9JhQFOUMXGX-IuH1","kty":"EC","crv":"P-256","alg":"ES256",
	"x":"TFMMrgtxXEcpAhSWC-lad2ghyyRQQyTtLUYNsfJUxdw","y":"xRHX4pyaWSP9993ygXvDRa5_Ov9IRqEvFMSKHeIjoUY"}]`

// Each row is what a person may do wrong, the exit code, and what helps.
func TestChariotHelps(t *testing.T) {
	stack := start(t, t.TempDir())
	everyProgram(t, stack.helps)
}

func (s *stack) helps(t *testing.T, p program) []string {
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
	far, roots := "https://license.example.com", write("roots.json", someRoots)
	// refusing refuses everything below a path with that status.
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, err := strconv.Atoi(strings.Split(r.URL.Path, "/")[1])
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"type":"urn:chariot:problem:new-thing","detail":"Do that."}`)
	}))
	defer refusing.Close()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no verb", nil, 2, "Say what to do"},
		{"help", []string{"help"}, 0, "activate"},
		{"help for", []string{"--help"}, 0, "activate"},
		{"an unknown verb", []string{"frobnicate"}, 2, "frobnicate"},
		{"a flag without its value", []string{"status", "--server"}, 2, "needs an argument"},
		{"three dashes", []string{"---server", "status"}, 2, "bad flag syntax"},
		{"a patience that is none", []string{"--patience", "soon", "status"}, 2, "invalid value"},
		{"a yes that is none", []string{"--json=perhaps", "status"}, 2, "invalid boolean"},
		{"a license where none is taken", []string{"status", "--license", license}, 2, "takes no --license"},
		{"a license that is a folder", []string{"--server", nowhere, "activate", "--license", dir}, 2, "is a directory"},
		{"a server that is none", []string{"--server", "license.example.com", "activate", "--license", license}, 2, "is not one"},
		{"root keys that are not there", []string{"--server", far, "--root-keys", filepath.Join(dir, "none"), "reactivate"}, 2, "no such file"},
		{"flags between words", []string{"--json=true", "--server=" + nowhere, "-patience", "1m30s", "status", "--address", "203.0.113.7"}, 0, "verdict"},
		{"a word behind two dashes", []string{"--json", "--", "status"}, 0, "verdict"},
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
		{"refused", []string{"--server", refusing.URL + "/403", "--root-keys", roots, "activate", "--license", license}, 1, "Do that."},
		{"busy", []string{"--server", refusing.URL + "/503", "--root-keys", roots, "--patience", "0", "activate", "--license", license}, 3, "Do that."},
		{"too many", []string{"--server", refusing.URL + "/429", "--root-keys", roots, "--patience=-1s", "activate", "--license", license}, 3, "Do that."},
		{"doctor, and nobody there", []string{"--server", far, "--root-keys", roots, "--address", "127.0.0.1:1", "doctor"}, 3, "license.example.com refuses the connection"},
		{"doctor, and no proxy there", []string{"--server", far, "--root-keys", roots, "--proxy", "http://u:secret@127.0.0.1:1", "doctor"}, 3, "The proxy 127.0.0.1:1 cannot be connected to"},
		{"doctor, and no CA file", []string{"--server", far, "--root-keys", roots, "--ca-file", filepath.Join(dir, "none"), "doctor"}, 2, "The CA file"},
		{"status of a new machine", []string{"status"}, 0, "Not licensed"},
	}
	runs := []run{
		{"doctor where all is well", filepath.Join(dir, "well"), []string{"--server", s.URL, "doctor"}, 0, "the root keys vouch for it"},
		{"a state directory that is a file", license, []string{"status"}, 4, "not a directory"},
	}
	for _, tt := range tests {
		runs = append(runs, run{tt.name, filepath.Join(t.TempDir(), "machine"), tt.args, tt.code, tt.says})
	}
	return p.steps(t, runs)
}
