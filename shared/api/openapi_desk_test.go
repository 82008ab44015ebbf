package api

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

// A desk is a use case whose answer the test sets: of machines and of support.
type desk struct {
	licensed *activation.Licensed
	record   support.Record
	held     map[license.Fingerprint]*license.Activation
	call     *support.Call
	failed   int64 // look-ups of this network
	err      error
}

func (d *desk) Activate(context.Context, activation.Activate) (*activation.Licensed, error) {
	return d.licensed, d.err
}

func (d *desk) Reactivate(context.Context, activation.Reactivate) (*activation.Licensed, error) {
	again := *d.licensed
	again.New = false
	return &again, d.err
}

func (d *desk) Deactivate(context.Context, activation.Deactivate) (*license.License, error) {
	return &d.licensed.License, d.err
}
func (d *desk) TrustBundle(context.Context) (string, error) { return "e30.e30.AA", d.err }

func (d *desk) Count(context.Context, string, time.Time) (int64, error) { return d.failed, nil }

func (d *desk) Call(context.Context, string) (*support.Call, error) { return d.call, nil }

func (d *desk) Write(_ context.Context, change support.Change) error {
	d.record.License.ID = change.After.License.ID
	return nil
}

func (d *desk) Record(context.Context, support.Call, time.Time) error { return nil }

func (d *desk) Release(context.Context, license.SeatChange, support.Call) error { return nil }

func (d *desk) Grants(context.Context, license.ID) ([]license.Grant, error) { return nil, nil }

func (d *desk) Secret(context.Context, license.ID) ([]byte, error) { return []byte("sealed"), nil }

func (d *desk) Encrypt(context.Context, []byte, license.ID) ([]byte, error) {
	return []byte("sealed"), nil
}

func (d *desk) Decrypt(context.Context, []byte, license.ID) ([]byte, error) {
	return []byte(exampleKey().Reveal()), nil
}

func (d *desk) Records(_ context.Context, ids ...license.ID) ([]support.Record, error) {
	if slices.Contains(ids, d.record.License.ID) {
		return []support.Record{d.record}, d.err
	}
	return nil, d.err
}

func (d *desk) Named(_ context.Context, key license.Key) (license.ID, error) { return key.ID(), d.err }

func (d *desk) Machines(context.Context, license.ID, ...license.Fingerprint) (*activation.Snapshot, error) {
	return &activation.Snapshot{License: d.record.License, Activations: d.held}, d.err
}

func (d *desk) Activations(context.Context, license.ID, string) (page []license.Activation, next string, err error) {
	for _, a := range d.held {
		page = append(page, *a)
	}
	return page, "next", d.err
}

func (d *desk) Events(context.Context, license.ID, string) ([]license.Event, string, error) {
	return []license.Event{
		{ID: license.NewULID(noon, [10]byte{1}), At: noon, Kind: license.Moved, Actor: license.MachineActor, Activation: "act_" + license.ActivationID(strings.Repeat("0", 32)), Machine: machineA, Hostname: "plant-7"},
		{ID: license.NewULID(noon, [10]byte{}), At: noon, Kind: license.Changed, Actor: license.SupportPrefix + "ann", Reason: "asked", Changes: []string{"seats 3 → 5"}},
	}, "next", d.err
}

func (d *desk) Search(context.Context, string, string) ([]license.ID, string, error) {
	return []license.ID{d.record.License.ID}, "next", d.err
}

var (
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	machineA = license.Fingerprint(strings.Repeat("a", 64))
	machineB = license.Fingerprint(strings.Repeat("b", 64))
)

func exampleKey() license.Key { return license.NewKey([16]byte{7}) }

// newDesk has a license with all there is to say, and what became of two machines.
func newDesk() *desk {
	l := license.License{
		ID: exampleKey().ID(), Deployment: license.Online, State: license.Active, Seats: 2, Used: 1, Expires: noon, Revision: 3, CreatedAt: noon,
		Features: []license.Feature{{Name: "mqtt-server", Until: noon}, {Name: "iot-bridge-snowflake", Metered: true}},
		Terms:    license.Terms{Enforce: license.Stop, GraceDays: 30, ContactDays: 90},
	}
	id := license.NewActivationID(l.ID, machineA, [17]byte{1})
	open := license.Activation{Fingerprint: machineA, State: license.Holding, ID: id, Sequence: 1, ActivatedAt: noon, Machine: license.Machine{Hostname: "plant-7", Version: "3.0.1"}}
	moved := license.Activation{Fingerprint: machineB, State: license.Closed, ID: id, Sequence: 1, ActivatedAt: noon, ClosedAt: noon, Moved: license.Move{ID: id, To: machineA, ToID: id}}
	return &desk{
		licensed: &activation.Licensed{Activation: open, License: l, Certificate: "e30.e30.AA", New: true},
		record:   support.Record{License: l, About: support.About{ContactEmail: "plant@example.com", Reference: "PO", Note: "two\nlines"}},
		held:     map[license.Fingerprint]*license.Activation{machineA: &open, machineB: &moved},
	}
}

func (d *desk) routes() Routes {
	all := Routes{}
	limit := &Limiter{Failed: d, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	service := &support.Service{Reader: d, Writer: d, Cipher: d, Now: func() time.Time { return noon }}
	for _, some := range []Routes{Activate(d, limit), Reactivate(d, limit), Deactivate(d, limit), Keys(d), Support(service)} {
		maps.Copy(all, some)
	}
	return all
}

// ask sends a request to a route as the gateway does.
func (d *desk) ask(route, body string) (*Request, events.APIGatewayV2HTTPResponse) {
	method, path, _ := strings.Cut(route, " ")
	r := &Request{
		RouteKey: route, RawPath: path, Body: body,
		Headers:        map[string]string{"content-type": "application/json", "idempotency-key": "k"},
		PathParameters: map[string]string{"licenseId": string(d.record.License.ID), "activationId": string(d.licensed.Activation.ID)},
	}
	r.RequestContext.RequestID = "EhM_Rk8Ok--YcVM="
	r.RequestContext.HTTP.Method, r.RequestContext.HTTP.Path = method, path
	r.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"email": "ann@example.com"}},
	}
	return r, d.serve(r)
}

func (d *desk) serve(r *Request) events.APIGatewayV2HTTPResponse {
	response, _ := Serve(slog.New(slog.DiscardHandler), d.routes())(context.Background(), *r)
	return response
}
