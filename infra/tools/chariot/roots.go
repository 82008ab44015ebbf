package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/cirruslink/chariot-license/infra/command"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/chariot"
)

// maxRootKeys is far above what a file of root keys or a stack.json has.
const maxRootKeys = 1 << 20

// pin settles which root keys vouch for the server: those that were given, else
// those that are pinned, else, on this computer alone, those that the local stack
// tells. On a machine that has none yet it remembers both; others in the place of
// pinned ones have to show first that they are right (see keep).
func (j *job) pin(ctx context.Context, given []certificate.RootKey) error {
	roots, server := j.machine.Roots(), j.machine.Server()
	switch {
	case server == "":
		return usageErrorf("Say which license server: --server URL.")
	case (len(given) > 0 || len(roots) > 0) && (j.machine.Pinned() || !j.verb.keeps):
		return nil
	case len(given) > 0 || len(roots) > 0:
	case !chariot.Loopback(server):
		return usageErrorf("Nothing vouches for %s yet: give the root keys that you got from Cirrus Link, --root-keys FILE.", server)
	default:
		var err error
		if roots, err = localRootKeys(ctx, server); err != nil {
			return err
		}
		j.remark("Pinned the root keys that %s tells: this is for a local stack only.", server)
	}
	return j.machine.Pin(server, roots)
}

// keep remembers the server and the root keys that have just done as they should.
func (j *job) keep() error {
	if !j.verb.keeps {
		return nil
	}
	return j.machine.Pin(j.machine.Server(), j.machine.Roots())
}

// readRootKeys reads a file of root keys.
func readRootKeys(name string) ([]certificate.RootKey, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, usageErrorf("The root keys %s cannot be read: %v.", name, command.Reason(err))
	}
	roots, err := certificate.ParseRootKeys(text)
	if err != nil {
		return nil, usageErrorf("There are no root keys in %s: it must be a JSON array of P-256 JWKs with kid and alg, or an object with such a rootKeys.", name)
	}
	return roots, nil
}

// localRootKeys asks a local stack on this computer for its root keys.
func localRootKeys(ctx context.Context, server string) ([]certificate.RootKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server+"/local/root-keys", nil)
	if err != nil {
		return nil, usageErrorf("The license server's URL %s is not one.", server)
	}
	client := http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, &chariot.UnreachableError{Server: server, Err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxRootKeys))
	if err != nil {
		return nil, &chariot.UnreachableError{Server: server, Err: err}
	}
	roots, err := certificate.ParseRootKeys(text)
	if response.StatusCode != http.StatusOK || err != nil {
		return nil, usageErrorf("Nothing vouches for %s yet, and it is no local stack: give the root keys that you got from Cirrus Link, --root-keys FILE.", server)
	}
	return roots, nil
}
