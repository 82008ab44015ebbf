package api

import (
	"context"
	"net/http"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
)

// Activator is the use case behind the activation routes: *activation.Service.
type Activator interface {
	Activate(context.Context, activation.Activate) (*activation.Licensed, error)
	Reactivate(context.Context, activation.Reactivate) (*activation.Licensed, error)
	Deactivate(context.Context, activation.Deactivate) (*license.License, error)
}

type activateBody struct {
	LicenseKey  string      `json:"licenseKey"`
	Fingerprint string      `json:"fingerprint"`
	Sequence    *int64      `json:"sequence"`
	Machine     machineBody `json:"machine"`
}

type machineBody struct {
	Hostname       string `json:"hostname"`
	ChariotVersion string `json:"chariotVersion"`
}

type reactivateBody struct {
	LicenseKey     string  `json:"licenseKey"`
	Fingerprint    string  `json:"fingerprint"`
	NewFingerprint *string `json:"newFingerprint"`
	Sequence       *int64  `json:"sequence"`
}

type deactivateBody struct {
	LicenseKey  string `json:"licenseKey"`
	Fingerprint string `json:"fingerprint"`
	Sequence    *int64 `json:"sequence"`
}

type licensedBody struct {
	Activation  activationBody `json:"activation"`
	License     licenseBody    `json:"license"`
	Certificate string         `json:"certificate"`
}

type activationBody struct {
	ID          license.ActivationID `json:"id"`
	Fingerprint license.Fingerprint  `json:"fingerprint"`
	Deployment  license.Deployment   `json:"deployment"`
	ActivatedAt time.Time            `json:"activatedAt"`
}

type licenseBody struct {
	ID         license.ID         `json:"id"`
	State      license.State      `json:"state"`
	Deployment license.Deployment `json:"deployment"`
	Seats      seatsBody          `json:"seats"`
	Features   []license.Feature  `json:"features"`
	Expires    *time.Time         `json:"expires"`
	Revision   int64              `json:"revision"`
}

type seatsBody struct {
	Max  int `json:"max"`
	Used int `json:"used"`
}

// Activate is the route of function activate.
func Activate(use Activator, limit *Limiter) Routes {
	return Routes{"POST /v1/activations": limit.Failures(JSON(
		func(ctx context.Context, _ *Request, in *activateBody) (*Reply, error) {
			var f fields
			request := activation.Activate{
				Key:         f.key("/licenseKey", in.LicenseKey),
				Fingerprint: f.fingerprint(in.Fingerprint),
				Sequence:    f.sequence(in.Sequence),
				Machine: license.Machine{
					Hostname: f.text("/machine/hostname", in.Machine.Hostname, 253, false),
					Version:  f.text("/machine/chariotVersion", in.Machine.ChariotVersion, 64, false),
				},
			}
			if f.err != nil {
				return nil, f.err
			}
			answer, err := use.Activate(ctx, request)
			return licensedReply(answer, err)
		}))}
}

// Reactivate is the route of function reactivate.
func Reactivate(use Activator, limit *Limiter) Routes {
	return Routes{"POST /v1/activations/{activationId}/reactivate": limit.Failures(JSON(
		func(ctx context.Context, r *Request, in *reactivateBody) (*Reply, error) {
			var f fields
			request := activation.Reactivate{
				Key:         f.key("/licenseKey", in.LicenseKey),
				ID:          activationID(r),
				Fingerprint: f.fingerprint(in.Fingerprint),
				Sequence:    f.sequence(in.Sequence),
			}
			if in.NewFingerprint != nil {
				request.NewFingerprint = f.fingerprint(*in.NewFingerprint)
			}
			if f.err != nil {
				return nil, f.err
			}
			answer, err := use.Reactivate(ctx, request)
			return licensedReply(answer, err)
		}))}
}

// Deactivate is the route of function deactivate.
func Deactivate(use Activator, limit *Limiter) Routes {
	return Routes{"POST /v1/activations/{activationId}/deactivate": limit.Failures(JSON(
		func(ctx context.Context, r *Request, in *deactivateBody) (*Reply, error) {
			var f fields
			request := activation.Deactivate{
				Key:         f.key("/licenseKey", in.LicenseKey),
				ID:          activationID(r),
				Fingerprint: f.fingerprint(in.Fingerprint),
				Sequence:    f.sequence(in.Sequence),
			}
			if f.err != nil {
				return nil, f.err
			}
			l, err := use.Deactivate(ctx, request)
			if err != nil {
				return nil, err
			}
			return &Reply{http.StatusOK, map[string]licenseBody{"license": licenseOf(l)}}, nil
		}))}
}

// activationID reads the ID in the path. One that is none becomes the empty ID,
// which no machine has: the license key is looked up first all the same.
func activationID(r *Request) license.ActivationID {
	id, err := license.ParseActivationID(r.PathParameters["activationId"])
	if err != nil {
		return ""
	}
	return id
}

func (f *fields) sequence(value *int64) *int64 {
	if value != nil && *value < 0 {
		f.refuse("/sequence", "It must be a whole number, 0 or more.")
	}
	return value
}

func licensedReply(answer *activation.Licensed, err error) (*Reply, error) {
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if answer.New {
		status = http.StatusCreated
	}
	return &Reply{status, licensedBody{
		Activation: activationBody{
			ID: answer.Activation.ID, Fingerprint: answer.Activation.Fingerprint,
			Deployment: answer.License.Deployment, ActivatedAt: answer.Activation.ActivatedAt,
		},
		License:     licenseOf(&answer.License),
		Certificate: answer.Certificate,
	}}, nil
}

func licenseOf(l *license.License) licenseBody {
	return licenseBody{
		ID: l.ID, State: l.State, Deployment: l.Deployment,
		Seats:    seatsBody{Max: l.Seats, Used: l.Used},
		Features: l.Features, Expires: orNull(l.Expires), Revision: l.Revision,
	}
}

func orNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
