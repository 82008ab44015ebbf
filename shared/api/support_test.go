package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

const (
	issueRoute   = "POST /v1/support/licenses"
	showRoute    = "GET /v1/support/licenses/{licenseId}"
	changeRoute  = "PATCH /v1/support/licenses/{licenseId}"
	restoreRoute = "POST /v1/support/licenses/{licenseId}/restorations"
	replaceRoute = "POST /v1/support/licenses/{licenseId}/keys"
	searchRoute  = "POST /v1/support/searches"
)

// supportBodies are good bodies of support's routes.
var supportBodies = map[string]string{
	issueRoute: `{"deployment":"online","seats":5,"features":[{"name":"mqtt-server"}],"contactEmail":"plant@example.com",` +
		`"expires":"2027-11-23T00:00:00Z","reference":"PO-7","note":"Pilot.\nBy phone.","enforce":"stop","graceDays":30,"contactDays":90,"send":false}`,
	showRoute:    ``,
	changeRoute:  `{"revision":3,"seats":7,"contactEmail":"plant@example.com","reason":"Order PO-7"}`,
	restoreRoute: `{"activationId":"` + seatID + `","fingerprint":"` + machine1 + `","reason":"PO-7"}`,
	replaceRoute: `{"reason":"PO-7","send":false}`,
	searchRoute:  `{"query":"plant@example.com"}`,
}

// cabinet is support's store and cipher, in memory. It has one license, with one
// machine, and remembers everything that is written.
type cabinet struct {
	records map[license.ID]support.Record
	calls   map[string]support.Call
	secrets map[license.ID][]byte
	machine license.Activation
	changes []support.Change
	freed   []license.SeatChange
	asked   []string
	err     error
}

func newCabinet() *cabinet {
	return &cabinet{
		records: map[license.ID]support.Record{plantID: {
			License: license.License{ID: plantID, Deployment: license.Online, State: license.Active, Seats: 5, Used: 1, Revision: 3, CreatedAt: today, Features: []license.Feature{{Name: "a"}}, KeyHash: parsed(plantKey).Hash()},
			About:   support.About{ContactEmail: "plant@example.com"},
		}},
		calls: map[string]support.Call{}, secrets: map[license.ID][]byte{},
		machine: license.Activation{ID: seatID, Fingerprint: machine1, State: license.Holding, Sequence: 5, ActivatedAt: today},
	}
}

func (c *cabinet) service() *support.Service {
	return &support.Service{Reader: c, Writer: c, Cipher: c, Now: func() time.Time { return today }}
}

func (c *cabinet) Records(_ context.Context, ids ...license.ID) (found []support.Record, err error) {
	for _, id := range ids {
		if record, ok := c.records[id]; ok {
			found = append(found, record)
		}
	}
	return found, c.err
}

func (c *cabinet) Machines(_ context.Context, id license.ID, machines ...license.Fingerprint) (*activation.Snapshot, error) {
	record, ok := c.records[id]
	if !ok {
		return nil, license.ErrNotFound
	}
	snap := &activation.Snapshot{License: record.License, Activations: map[license.Fingerprint]*license.Activation{}}
	if slices.Contains(machines, c.machine.Fingerprint) {
		copied := c.machine
		snap.Activations[c.machine.Fingerprint] = &copied
	}
	return snap, c.err
}

func (c *cabinet) Grants(_ context.Context, id license.ID) ([]license.Grant, error) {
	return []license.Grant{{Revision: 1, Add: c.records[id].License.Features}}, c.err
}

func (c *cabinet) Secret(_ context.Context, id license.ID) ([]byte, error) {
	return c.secrets[id], c.err
}

func (c *cabinet) Activations(_ context.Context, _ license.ID, after string) ([]license.Activation, string, error) {
	c.asked = append(c.asked, after)
	return []license.Activation{c.machine}, "next-machine", c.err
}

func (c *cabinet) Events(_ context.Context, _ license.ID, after string) ([]license.Event, string, error) {
	c.asked = append(c.asked, after)
	return nil, "next-event", c.err
}

func (c *cabinet) Search(_ context.Context, term, after string) ([]license.ID, string, error) {
	c.asked = append(c.asked, term, after)
	return []license.ID{plantID}, "next-found", c.err
}

func (c *cabinet) Call(_ context.Context, key string) (*support.Call, error) {
	if call, ok := c.calls[key]; ok {
		return &call, c.err
	}
	return nil, c.err
}

func (c *cabinet) Write(_ context.Context, change support.Change) error {
	c.changes = append(c.changes, change)
	c.calls[change.Call.Key] = change.Call
	c.records[change.After.License.ID] = change.After
	if change.Secret != nil {
		c.secrets[change.After.License.ID] = change.Secret
	}
	return c.err
}

func (c *cabinet) Release(_ context.Context, change license.SeatChange, call support.Call) error {
	c.freed = append(c.freed, change)
	c.calls[call.Key] = call
	c.machine = change.Activations[0].After
	return c.err
}

func (c *cabinet) Record(_ context.Context, call support.Call, _ time.Time) error {
	c.calls[call.Key] = call
	return c.err
}

func (c *cabinet) Encrypt(_ context.Context, plain []byte, _ license.ID) ([]byte, error) {
	return append([]byte("sealed:"), plain...), c.err
}

func (c *cabinet) Decrypt(_ context.Context, sealed []byte, _ license.ID) ([]byte, error) {
	return bytes.TrimPrefix(sealed, []byte("sealed:")), c.err
}

func (c *cabinet) TrustBundle(context.Context) (string, error) { return "a.b.c", c.err }

// What is stored of an issue: everything that was said, and nothing else.
func TestIssueStoresWhatWasSaid(t *testing.T) {
	end := time.Date(2027, time.November, 23, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, body string
		license    license.License
		about      support.About
	}{
		{
			"everything", supportBodies[issueRoute],
			license.License{Deployment: license.Online, Seats: 5, Expires: end, Features: []license.Feature{{Name: "mqtt-server"}}, Terms: license.Terms{Enforce: license.Stop, GraceDays: 30, ContactDays: 90}},
			support.About{ContactEmail: "plant@example.com", Reference: "PO-7", Note: "Pilot.\nBy phone."},
		},
		{
			"the least", `{"deployment":"offline","seats":1,"features":[{"name":"b","until":"2027-11-23T01:00:00.9+01:00"},{"name":"a","until":null}],"contactEmail":"a@b"}`,
			license.License{Deployment: license.Offline, Seats: 1, Features: []license.Feature{{Name: "a"}, {Name: "b", Until: end}}},
			support.About{ContactEmail: "a@b"},
		},
		{
			"the most", `{"deployment":"floating","seats":1000000,"features":[{"name":"a"}],"contactEmail":"a@b","graceDays":3660,"contactDays":3660,"expires":"9999-12-31T23:59:59Z"}`,
			license.License{Deployment: license.Floating, Seats: 1000000, Features: []license.Feature{{Name: "a"}}, Expires: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), Terms: license.Terms{GraceDays: 3660, ContactDays: 3660}},
			support.About{ContactEmail: "a@b"},
		},
		{
			"an end far in the past is the person's affair", `{"deployment":"online","seats":1,"features":[{"name":"a"}],"contactEmail":"a@b","expires":"2000-01-01T00:00:00Z"}`,
			license.License{Deployment: license.Online, Seats: 1, Features: []license.Feature{{Name: "a"}}, Expires: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)},
			support.About{ContactEmail: "a@b"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet()
			got := newDoor(Support(c.service())).send(t, issueRoute, tt.body)
			if got.StatusCode != 201 || len(c.changes) != 1 {
				t.Fatalf("answered %s; wrote %+v", got.Body, c.changes)
			}
			written := c.changes[0]
			key := parsed(string(bytes.TrimPrefix(written.Secret, []byte("sealed:"))))
			want := tt.license
			want.ID, want.State, want.Revision, want.KeyHash, want.OfflineKey, want.CreatedAt = key.ID(), license.Active, 1, key.Hash(), key.OfflineKey(), today
			if !reflect.DeepEqual(written.After, support.Record{License: want, About: tt.about}) {
				t.Errorf("stored %+v\nwant %+v", written.After, want)
			}
			var said struct {
				License     struct{ ID, ContactEmail, Note string }
				LicenseKey  string
				LicenseFile string
			}
			if err := json.Unmarshal([]byte(got.Body), &said); err != nil || said.LicenseKey != key.Reveal() || said.License.ID != string(key.ID()) || said.License.Note != tt.about.Note || said.LicenseFile != license.File(&want, key) {
				t.Errorf("answered %s, %v", got.Body, err)
			}
		})
	}
}

func TestIssueRefuses(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`{"name":"x"},`, 21), ",")
	tests := []struct {
		name, from, to, pointer string
	}{
		{"no deployment", `"deployment":"online",`, ``, "/deployment"},
		{"leased comes later", `"online"`, `"leased"`, "/deployment"},
		{"marketplace is not for people", `"online"`, `"marketplace"`, "/deployment"},
		{"another deployment", `"online"`, `"Online"`, "/deployment"},
		{"no seats", `"seats":5,`, ``, "/seats"},
		{"0 seats", `"seats":5`, `"seats":0`, "/seats"},
		{"-1 seats", `"seats":5`, `"seats":-1`, "/seats"},
		{"a seat too many", `"seats":5`, `"seats":1000001`, "/seats"},
		{"no features", `"features":[{"name":"mqtt-server"}],`, ``, "/features"},
		{"an empty list of features", `[{"name":"mqtt-server"}]`, `[]`, "/features"},
		{"21 features", `{"name":"mqtt-server"}`, many, "/features"},
		{"a feature without a name", `{"name":"mqtt-server"}`, `{}`, "/features/0"},
		{"a null feature", `{"name":"mqtt-server"}`, `{"name":"a"},null`, "/features/1"},
		{"a feature in capitals", `{"name":"mqtt-server"}`, `{"name":"a"},{"name":"MQTT"}`, "/features/1"},
		{"a feature twice", `{"name":"mqtt-server"}`, `{"name":"a"},{"name":"b"},{"name":"a"}`, "/features/2"},
		{"a feature that ended before time", `{"name":"mqtt-server"}`, `{"name":"a","until":"1999-12-31T23:59:59Z"}`, "/features/0/until"},
		{"no address", `"contactEmail":"plant@example.com",`, ``, "/contactEmail"},
		{"no real address", `plant@example.com`, `plant`, "/contactEmail"},
		{"an end in another millennium", `"2027-11-23T00:00:00Z"`, `"1999-12-31T23:59:59Z"`, "/expires"},
		{"an end past the calendar, in UTC", `"2027-11-23T00:00:00Z"`, `"9999-12-31T23:59:59-01:00"`, "/expires"},
		{"the zero time", `"2027-11-23T00:00:00Z"`, `"0001-01-01T00:00:00Z"`, "/expires"},
		{"a long reference", `PO-7`, strings.Repeat("r", 101), "/reference"},
		{"a reference of two lines", `PO-7`, `PO\n7`, "/reference"},
		{"a long note", `Pilot.`, strings.Repeat("n", 2000), "/note"},
		{"a note with a NUL", `Pilot.`, `\u0000`, "/note"},
		{"another enforcement", `"stop"`, `"explode"`, "/enforce"},
		{"grace of less than nothing", `"graceDays":30`, `"graceDays":-1`, "/graceDays"},
		{"grace of more than ten years", `"graceDays":30`, `"graceDays":3661`, "/graceDays"},
		{"contact after more than ten years", `"contactDays":90`, `"contactDays":3661`, "/contactDays"},
		{"a member too many", `"seats":5`, `"seats":5,"used":1`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := strings.Replace(supportBodies[issueRoute], tt.from, tt.to, 1)
			if body == supportBodies[issueRoute] {
				t.Fatalf("%s is not in the body", tt.from)
			}
			c := newCabinet()
			got := newDoor(Support(c.service())).send(t, issueRoute, body)
			if got.StatusCode != 400 || got.code() != "malformed-request" || got.problem.Pointer != tt.pointer || len(c.changes)+len(c.calls) != 0 {
				t.Errorf("answered %s; wrote %+v", got.Body, c.changes)
			}
		})
	}
}

func TestChangeStoresWhatWasSaid(t *testing.T) {
	tests := []struct {
		name, body string
		change     func(*support.Record)
	}{
		{"seats and address", supportBodies[changeRoute], func(r *support.Record) { r.License.Seats = 7 }},
		{"an end", `{"expires":"2027-11-23T00:00:00Z","reason":"r"}`, func(r *support.Record) {
			r.License.Expires = time.Date(2027, 11, 23, 0, 0, 0, 0, time.UTC)
		}},
		{"null means never", `{"expires":null,"reason":"r"}`, func(r *support.Record) { r.License.Expires = time.Time{} }},
		{"suspend", `{"state":"suspended","reason":"r"}`, func(r *support.Record) { r.License.State = license.Suspended }},
		{"revoke", `{"state":"revoked","reason":"r"}`, func(r *support.Record) { r.License.State = license.Revoked }},
		{"reinstate", `{"state":"active","reason":"r"}`, func(r *support.Record) {}},
		{"seats below used", `{"seats":1,"reason":"r"}`, func(r *support.Record) { r.License.Seats = 1 }},
		{"features", `{"addFeatures":[{"name":"b"}],"removeFeatures":["a"],"reason":"r"}`, func(r *support.Record) { r.License.Features = []license.Feature{{Name: "b"}} }},
		{"an address", `{"contactEmail":"new@example.com","reason":"r"}`, func(r *support.Record) { r.About.ContactEmail = "new@example.com" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet()
			record := c.records[plantID]
			record.License.Expires = today
			c.records[plantID] = record
			want := record
			want.License.Revision++
			tt.change(&want)
			got := newDoor(Support(c.service())).send(t, changeRoute, tt.body)
			if got.StatusCode != 200 || len(c.changes) != 1 || !reflect.DeepEqual(c.changes[0].After, want) {
				t.Errorf("answered %s; wrote %+v, want %+v", got.Body, c.changes, want)
			}
		})
	}
}

// twentyFeatures are as many as one request may name.
func twentyFeatures() string {
	names := make([]string, 20)
	for i := range names {
		names[i] = fmt.Sprintf(`{"name":"f%d"}`, i)
	}
	return strings.Join(names, ",")
}
