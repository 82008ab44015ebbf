package chariot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// A vendor is a license server with one license of one seat and a real key. It
// knows of the API what a machine meets; the whole of it is tested against the
// local stack.
type vendor struct {
	*testing.T
	*httptest.Server
	signer, root *licensetest.Signer
	license      license.License
	key          license.Key
	bundle       string
	// spoil, unless nil, may answer in place of the vendor: before what was asked
	// for happens, or, where it returns lose, after.
	spoil func(w http.ResponseWriter, r *http.Request, n int) (answered, lose bool)

	mu       sync.Mutex
	n        int
	holder   license.Activation
	openings int
	// sequences are those of the activate and move requests, as they came.
	sequences []int64
	// movedFrom is where the seat was before it moved.
	movedFrom license.Fingerprint
	// computer is what machine's machines take for their computer.
	computer string
}

func newVendor(t *testing.T) *vendor {
	v := &vendor{T: t, signer: licensetest.NewSigner(t), root: licensetest.NewSigner(t)}
	v.license, v.key = licensetest.NewLicense(1)
	v.bundle = v.root.Bundle(t, 2, v.signer.Trusted())
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := v.n
	v.n++
	lose := false
	if v.spoil != nil {
		var answered bool
		if answered, lose = v.spoil(w, r, n); answered {
			return
		}
	}
	status, body := v.answer(r)
	if lose {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	if status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (v *vendor) answer(r *http.Request) (int, any) {
	var in struct {
		LicenseKey  string              `json:"licenseKey"`
		Fingerprint license.Fingerprint `json:"fingerprint"`
		Sequence    int64               `json:"sequence"`

		NewFingerprint license.Fingerprint `json:"newFingerprint"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	holds := v.holder.Holds() && v.holder.Fingerprint == in.Fingerprint
	switch {
	case r.URL.Path == "/v1/keys":
		return 200, map[string]string{"trustBundle": v.bundle}
	case in.LicenseKey != v.key.Reveal():
		return problemBody(404, licenseNotFound, nil)
	case r.URL.Path == "/v1/activations":
		v.sequences = append(v.sequences, in.Sequence)
		return v.open(in.Fingerprint, in.Sequence, holds)
	case strings.HasSuffix(r.URL.Path, "/reactivate") && (holds || v.holder.Holds() && in.Fingerprint == v.movedFrom):
		if in.NewFingerprint != "" {
			v.sequences = append(v.sequences, in.Sequence)
		}
		if in.NewFingerprint != "" && in.NewFingerprint != v.holder.Fingerprint {
			v.movedFrom, v.holder.Fingerprint = v.holder.Fingerprint, in.NewFingerprint
		}
		return 200, v.licensed()
	case strings.HasSuffix(r.URL.Path, "/deactivate"):
		if holds {
			v.holder = v.holder.Close(license.Closed, &in.Sequence, time.Now())
		}
		return 200, map[string]View{"license": v.view()}
	}
	return problemBody(404, activationNotFound, nil)
}

func (v *vendor) open(machine license.Fingerprint, sequence int64, holds bool) (int, any) {
	switch {
	case holds:
		return 200, v.licensed()
	case v.holder.Holds() && machine == v.movedFrom && sequence <= v.holder.Sequence:
		return 200, v.licensed() // a late copy follows the move
	case v.holder.Holds():
		return problemBody(409, seatsTaken, map[string]any{"seats": 1})
	case v.holder.Fingerprint == machine && sequence <= v.holder.Sequence:
		return problemBody(409, requestSuperseded, map[string]any{"sequence": v.holder.Sequence})
	}
	v.openings++
	v.holder = license.Activation{
		Fingerprint: machine, State: license.Holding, Sequence: sequence,
		ID: license.NewActivationID(v.license.ID, machine, [17]byte{byte(v.openings)}),
	}
	return 201, v.licensed()
}

func problemBody(status int, code string, with map[string]any) (int, any) {
	body := map[string]any{"type": problemType + code, "title": "t", "status": status, "detail": "d", "requestId": "r-1"}
	for name, value := range with {
		body[name] = value
	}
	return status, body
}

func (v *vendor) view() View {
	return View{ID: v.license.ID, State: "active", Deployment: license.Online, Seats: Seats{Max: 1}, Features: v.license.Features, Revision: v.license.Revision}
}

// licensed is the good answer, with a certificate by the vendor's key.
func (v *vendor) licensed() any { return v.licensedBy(v.signer, v.holder.Fingerprint) }

func (v *vendor) licensedBy(signer *licensetest.Signer, machine license.Fingerprint) any {
	payload := certificate.Certificate{
		LicenseID: v.license.ID, ActivationID: v.holder.ID, Fingerprint: machine,
		Deployment: license.Online, Features: v.license.Features, Revision: v.license.Revision, IssuedAt: time.Now(),
	}.Payload()
	message := certificate.SigningInput(certificate.Activation, signer.KeyID(), payload)
	signature, err := signer.Sign(context.Background(), signer.SigningKey(), message)
	if err != nil {
		v.Error(err)
	}
	return map[string]any{
		"activation":  map[string]any{"id": v.holder.ID, "fingerprint": machine, "activatedAt": time.Now().UTC().Format(time.RFC3339)},
		"license":     v.view(),
		"certificate": certificate.Compact(certificate.Activation, license.Signed{KeyID: signer.KeyID(), Payload: payload, Signature: signature}),
	}
}

// seats counts the openings and says whether one is held.
func (v *vendor) seats() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return fmt.Sprintf("%d opened, held %t", v.openings, v.holder.Holds())
}

// machine opens a state directory for the vendor, without waiting between tries.
func (v *vendor) machine(dir string, before func(string)) *Machine {
	v.Helper()
	m, err := open(dir, Settings{Server: v.URL, Roots: v.root.Roots(), MachineID: cmp.Or(v.computer, "computer a")}, before)
	if err != nil {
		v.Fatal(err)
	}
	m.sleep = func(context.Context, time.Duration) error { return nil }
	return m
}

func writeJSON(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }
