package chariot

import (
	"context"
	"errors"
	"net/http"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// trustPath is where a license server has its trust bundle.
const trustPath = "/v1/keys"

type keysBody struct {
	TrustBundle string `json:"trustBundle"`
}

// bundle returns the trust bundle on disk; nil where there is none that the root
// keys signed: those of another server, or root keys of before, say nothing.
func (m *Machine) bundle() (*certificate.Bundle, error) {
	file, err := m.trustState()
	if err != nil || file.TrustBundle == "" {
		return nil, err
	}
	bundle, err := certificate.VerifyBundle(file.TrustBundle, m.roots, file.Version)
	if err != nil {
		return nil, nil
	}
	return bundle, nil
}

// needTrust fetches the trust bundle where there is none. It comes before the
// license key leaves the machine: who cannot show a trust bundle gets no key.
func (c *call) needTrust(ctx context.Context) error {
	bundle, err := c.bundle()
	if err == nil && bundle == nil && !c.refreshed {
		_, err = c.fetchTrust(ctx)
	}
	return err
}

// fetchTrust fetches the trust bundle and keeps it.
func (c *call) fetchTrust(ctx context.Context) (*certificate.Bundle, error) {
	var answer keysBody
	if err := c.get(ctx, trustPath, &answer); err != nil {
		return nil, err
	}
	c.refreshed = true
	return c.keepTrust(answer)
}

// refreshTrust fetches the trust bundle after a reactivation, so that a removed key
// counts no longer here. It comes last: the certificate on disk is by a key that
// counts. One try is enough: where there is no better bundle to be had, the machine
// is licensed all the same.
func (c *call) refreshTrust(ctx context.Context) error {
	if c.refreshed {
		return nil
	}
	answer, _, err := c.askTrust(ctx)
	if err != nil {
		return nil
	}
	_, err = c.keepTrust(answer)
	var broken *StateError
	if errors.As(err, &broken) {
		return err
	}
	return nil
}

// askTrust asks for the trust bundle once.
func (c *call) askTrust(ctx context.Context) (answer keysBody, header http.Header, err error) {
	header, err = c.send(ctx, request{method: http.MethodGet, path: trustPath}, &answer)
	return answer, header, err
}

// keepTrust verifies a trust bundle and keeps it, unless it is lower than the one
// on disk.
func (c *call) keepTrust(answer keysBody) (*certificate.Bundle, error) {
	has, err := c.bundle()
	if err != nil {
		return nil, err
	}
	var atLeast int64
	if has != nil {
		atLeast = has.Version
	}
	bundle, err := certificate.VerifyBundle(answer.TrustBundle, c.roots, atLeast)
	if err != nil {
		return nil, &UntrustedError{"trust bundle", err}
	}
	if has != nil && bundle.Version == has.Version {
		return bundle, nil
	}
	return bundle, c.disk.write(trustName, trustFile{formatNow, bundle.Version, answer.TrustBundle})
}
