package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// Where make puts the programs, from the root of the repository.
const (
	functionsDir = "bin/functions"
	dynoxidePath = "infra/node_modules/@dynoxide/linux-x64/dynoxide"
)

// settings are what the environment says, checked.
type settings struct {
	port         int
	stateDir     string
	maxProcesses int
	// dynamodb is the endpoint of another DynamoDB; empty: our own.
	dynamodb string
	// bootstraps holds the path of each function's program, by its name.
	bootstraps map[string]string
}

// loadSettings reads the environment and looks for the programs. Its errors say
// what to do.
func loadSettings(getenv func(string) string) (settings, error) {
	for _, name := range []string{"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_EXECUTION_ENV"} {
		if getenv(name) != "" {
			return settings{}, fmt.Errorf("%s is set: this is a development tool and does not run inside Lambda", name)
		}
	}
	s := settings{dynamodb: getenv("DYNAMODB_ENDPOINT")}
	var err error
	if s.port, err = number(getenv, "PORT", "8080", 0, 65535); err != nil {
		return s, err
	}
	if s.maxProcesses, err = number(getenv, "MAX_PROCESSES", "16", 1, 1000); err != nil {
		return s, err
	}
	if s.stateDir, err = filepath.Abs(cmp.Or(getenv("STATE_DIR"), ".local")); err != nil {
		return s, err
	}
	if s.dynamodb == "" {
		if _, err := os.Stat(dynoxidePath); err != nil {
			return s, fmt.Errorf("the DynamoDB server %s is missing: run make, which installs it, or set DYNAMODB_ENDPOINT to the URL of another", dynoxidePath)
		}
	}
	s.bootstraps, err = findBootstraps()
	return s, err
}

func number(getenv func(string) string, name, otherwise string, least, most int) (int, error) {
	text := cmp.Or(getenv(name), otherwise)
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is %q: set it to a number from %d to %d, or not at all for %s", name, text, least, most, otherwise)
	}
	return n, nil
}

// findBootstraps looks for the program of every function in the route table.
func findBootstraps() (map[string]string, error) {
	found := make(map[string]string)
	for _, r := range routes.All() {
		path, err := filepath.Abs(filepath.Join(functionsDir, r.Function, "bootstrap"))
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return nil, errors.New("the function " + r.Function + " is not built (no program at " + path + "): run make build in the root of the repository")
		}
		found[r.Function] = path
	}
	return found, nil
}
