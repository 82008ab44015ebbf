package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// refuses runs the stack and returns what it says when it does not start.
func refuses(t *testing.T, r *running) string {
	t.Helper()
	err := r.cmd.Run()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Fatalf("ended with %v: %s", err, r.stderr)
	}
	if r.stdout.String() != "" {
		t.Errorf("printed %q", r.stdout)
	}
	return r.stderr.String()
}

func TestRefusals(t *testing.T) {
	tests := []struct{ name, env, want string }{
		{"inside Lambda", "AWS_LAMBDA_FUNCTION_NAME=f", "does not run inside Lambda"},
		{"inside Lambda's runtime", "AWS_LAMBDA_RUNTIME_API=127.0.0.1", "does not run inside Lambda"},
		{"inside another AWS runtime", "AWS_EXECUTION_ENV=AWS_Lambda_go1.x", "does not run inside Lambda"},
		{"PORT that is no number", "PORT=http", `PORT is "http": set it to a number`},
		{"PORT that is too large", "PORT=65536", "set it to a number from 0 to 65535"},
		{"no processes", "MAX_PROCESSES=0", "set it to a number from 1"},
		{"state that cannot be written", "STATE_DIR=/proc/none", "set STATE_DIR to a directory that can be written"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if said := refuses(t, command(t, t.TempDir(), "./stack", tt.env)); !strings.Contains(said, tt.want) {
				t.Errorf("said %q, want %q", said, tt.want)
			}
		})
	}
}

func TestRefusesWhatAnotherStackUses(t *testing.T) {
	dir := t.TempDir()
	s := startStack(t, dir, "./stack")
	said := refuses(t, command(t, dir, "./stack"))
	for _, part := range []string{dir, "STATE_DIR", " " + pid(s) + ","} {
		if !strings.Contains(said, part) {
			t.Errorf("of the state: said %q, want %q", said, part)
		}
	}
	_, port, _ := strings.Cut(s.URL, "127.0.0.1:")
	said = refuses(t, command(t, t.TempDir(), "./stack", "PORT="+port))
	if want := "port " + port + " is in use: set PORT"; !strings.Contains(said, want) {
		t.Errorf("of the port: said %q, want %q", said, want)
	}
	s.stop(t)
}

func pid(s *running) string {
	data, _ := os.ReadFile(filepath.Join(s.cmd.Env[1][len("STATE_DIR="):], "lock"))
	return strings.TrimSpace(string(data))
}

func TestRefusesWithoutItsPrograms(t *testing.T) {
	empty := t.TempDir()
	stack, err := filepath.Abs(filepath.Join(os.Getenv("TEST_CHECKOUT"), "stack"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, env, want string }{
		{"DynamoDB", "DYNAMODB_ENDPOINT=", "run make, which installs it, or set DYNAMODB_ENDPOINT"},
		{"functions", "DYNAMODB_ENDPOINT=http://127.0.0.1:1", "is not built"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := command(t, t.TempDir(), stack, tt.env)
			r.cmd.Dir = empty
			if said := refuses(t, r); !strings.Contains(said, tt.want) {
				t.Errorf("said %q, want %q", said, tt.want)
			}
		})
	}
}
