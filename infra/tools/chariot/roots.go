package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/chariot"
)

// maxFile is far above what a license file or a list of root keys is.
const maxFile = 1 << 20

// readFile reads a file that a person named.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	var cause *fs.PathError
	if errors.As(err, &cause) {
		return nil, &usageError{fmt.Sprintf("%s cannot be read: %v.", path, cause.Err)}
	}
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return nil, &usageError{fmt.Sprintf("%s cannot be read: %v.", path, err)}
	}
	return text, nil
}

// givenRoots are the root keys of --root-keys; none without it.
func (c *command) givenRoots() ([]certificate.RootKey, error) {
	if c.rootKeys == "" {
		return nil, nil
	}
	text, err := readFile(c.rootKeys)
	if err != nil {
		return nil, err
	}
	roots := parseRoots(text)
	if len(roots) == 0 {
		return nil, &usageError{fmt.Sprintf(`%s holds no root keys: it must be JSON, [JWK, …] or {"rootKeys": [JWK, …]}.`, c.rootKeys)}
	}
	return roots, nil
}

// parseRoots reads a list of root keys, bare or as a member; none if it is not one.
func parseRoots(text []byte) []certificate.RootKey {
	var list []certificate.RootKey
	if json.Unmarshal(text, &list) == nil {
		return list
	}
	var member struct {
		RootKeys []certificate.RootKey `json:"rootKeys"`
	}
	_ = json.Unmarshal(text, &member) // then there are none
	return member.RootKeys
}

// trust remembers server and root keys with the machine. Only a server on this
// very computer may name its own root keys, and only the first time.
func (c *command) trust(ctx context.Context, m *chariot.Machine) error {
	roots := m.Roots()
	switch {
	case m.Server() == "":
		return &usageError{"Name the license server: --server URL. It is remembered."}
	case len(roots) == 0 && !chariot.Loopback(m.Server()):
		return &usageError{"Give the root keys that Cirrus Link publishes: --root-keys FILE. They are remembered."}
	case len(roots) == 0:
		var err error
		if roots, err = localRoots(ctx, m.Server()); err != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "Trusting the root keys of the local stack at %s from now on.\n", m.Server())
	}
	return m.Pin(m.Server(), roots)
}

// localRoots asks a local stack for its root keys.
func localRoots(ctx context.Context, server string) ([]certificate.RootKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/local/root-keys", nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return nil, &chariot.UnreachableError{Server: server, Err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxFile))
	if err != nil {
		return nil, &chariot.UnreachableError{Server: server, Err: err}
	}
	roots := parseRoots(text)
	if response.StatusCode != http.StatusOK || len(roots) == 0 {
		return nil, &usageError{fmt.Sprintf("%s does not name its root keys, as a local stack does: give them with --root-keys FILE.", server)}
	}
	return roots, nil
}
