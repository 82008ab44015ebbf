package support_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
	"github.com/cirruslink/chariot-license/shared/support"
)

// desk is support with a real store and a license of two seats.
type desk struct {
	*testing.T
	*support.Service
	store    *dynamo.Licenses
	injector *licensetest.Injector
	cipher   *licensetest.Cipher
}

func newDesk(t *testing.T) *desk {
	injector := &licensetest.Injector{}
	client, table := licensetest.DynamoDB(t, injector.Into)
	store := dynamo.NewLicenses(client, table)
	licensetest.Publish(t, store, 1, licensetest.NewSigner(t))
	cipher := &licensetest.Cipher{}
	return &desk{T: t, store: store, injector: injector, cipher: cipher, Service: &support.Service{
		Reader: store, Writer: store, Cipher: cipher, Now: licensetest.Noon,
	}}
}

func call(key string) support.Call {
	return support.Call{Key: key, Body: [32]byte{byte(len(key))}, Actor: "jo@example.com"}
}

func twoSeats() support.Issue {
	return support.Issue{
		Deployment: license.Online, Seats: 2,
		Features: []license.Feature{{Name: "mqtt-server"}, {Name: "iot-bridge-snowflake"}},
		About:    support.About{ContactEmail: "plant@example.com", Reference: "PO-7", Note: "by phone"},
	}
}

func (d *desk) issue(key string) *support.Issued {
	d.Helper()
	issued, err := d.Issue(d.Context(), call(key), twoSeats())
	if err != nil {
		d.Fatalf("issuing: %v", err)
	}
	return issued
}

func TestIssue(t *testing.T) {
	d := newDesk(t)
	issued := d.issue("one")
	l := issued.License
	if l.Seats != 2 || l.Used != 0 || l.Revision != 1 || l.State != license.Active || l.ID != issued.Key.ID() || issued.About != twoSeats().About {
		t.Errorf("issued %+v", issued.Record)
	}
	if want := []license.Feature{{Name: "iot-bridge-snowflake", Metered: true}, {Name: "mqtt-server"}}; !reflect.DeepEqual(l.Features, want) {
		t.Errorf("features %+v, want %+v", l.Features, want)
	}
	if key, err := license.ParseKey(issued.File); err != nil || key != issued.Key {
		t.Errorf("the file does not hold the key: %v", err)
	}
	if snap, err := d.store.Find(t.Context(), issued.Key); err != nil || snap.License.ID != l.ID {
		t.Errorf("the key does not find the license: %v", err)
	}
}

// The answer to an issue is lost at any of its calls, and asked for again: one
// license, one key.
func TestLostAnswerOfAnIssue(t *testing.T) {
	for _, fault := range []licensetest.Fault{licensetest.Lost, licensetest.Refused, licensetest.BrokenAfter, licensetest.Late, licensetest.Conflict} {
		for at := range 5 {
			d := newDesk(t)
			first := d.injector.Requests() + at
			d.injector.Plan = func(n int, operation string) licensetest.Fault {
				if n < first || n > first+3 || fault == licensetest.Conflict && operation != "TransactWriteItems" {
					return licensetest.None
				}
				return fault
			}
			spoiled, err := d.Issue(t.Context(), call("one"), twoSeats())
			if err != nil && !errors.Is(err, license.ErrUnavailable) {
				t.Errorf("fault %d at call %d: %v", fault, at, err)
			}
			d.injector.Plan = nil
			again := d.issue("one")
			d.injector.Land()
			if spoiled != nil && spoiled.Key != again.Key {
				t.Errorf("fault %d at call %d: two keys for one call", fault, at)
			}
			found, _, err := d.Search(t.Context(), "plant@example.com", "")
			if err != nil || len(found) != 1 || found[0].License.ID != again.License.ID {
				t.Errorf("fault %d at call %d: %d licenses were issued, %v", fault, at, len(found), err)
			}
		}
	}
}

func TestOneCallManyTimesAtOnce(t *testing.T) {
	d := newDesk(t)
	keys := make([]license.Key, 20)
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() { keys[i] = d.issue("one").Key })
	}
	wait.Wait()
	if slices.ContainsFunc(keys, func(k license.Key) bool { return k != keys[0] }) {
		t.Error("one call was answered with different keys")
	}
}

func TestCallReused(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	other := call("one")
	other.Body[31]++
	if _, err := d.Issue(t.Context(), other, twoSeats()); !errors.Is(err, support.ErrCallReused) {
		t.Errorf("issue: %v", err)
	}
	if _, err := d.Change(t.Context(), other, id, support.Amendment{Seats: new(int)}); !errors.Is(err, support.ErrCallReused) {
		t.Errorf("change: %v", err)
	}
}

func TestChange(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	seats, end, never := 5, licensetest.Noon().AddDate(1, 0, 0), time.Time{}
	steps := []struct {
		name   string
		change support.Amendment
		check  func(r support.Record) bool
		says   string
	}{
		{"seats", support.Amendment{Seats: &seats}, func(r support.Record) bool { return r.License.Seats == 5 }, "seats 2 → 5"},
		{"end", support.Amendment{Expires: &end}, func(r support.Record) bool { return r.License.Expires.Equal(end) }, "expires never → 2027-11-24T12:00:00Z"},
		{"no end", support.Amendment{Expires: &never}, func(r support.Record) bool { return r.License.Expires.IsZero() }, "expires 2027-11-24T12:00:00Z → never"},
		{"a feature more", support.Amendment{AddFeatures: []license.Feature{{Name: "mqtt-server-support", Until: end}}},
			func(r support.Record) bool { return len(r.License.Features) == 3 }, "with mqtt-server-support until 2027-11-24T12:00:00Z"},
		{"a feature less", support.Amendment{RemoveFeatures: []string{"iot-bridge-snowflake"}},
			func(r support.Record) bool {
				return len(r.License.Features) == 2 && r.License.Features[1].Name == "mqtt-server-support"
			}, "without iot-bridge-snowflake"},
		{"address", support.Amendment{ContactEmail: "new@example.com"}, func(r support.Record) bool {
			return r.About.ContactEmail == "new@example.com" && r.About.Reference == "PO-7"
		}, "contact e-mail address"},
		{"suspended", support.Amendment{State: license.Suspended}, func(r support.Record) bool { return r.License.State == license.Suspended }, "state active → suspended"},
		{"reinstated", support.Amendment{State: license.Active}, func(r support.Record) bool { return r.License.State == license.Active }, "state suspended → active"},
	}
	for i, step := range steps {
		step.change.Reason = "ticket 12"
		record, err := d.Change(t.Context(), call(step.name), id, step.change)
		if err != nil || !step.check(*record) || record.License.Revision != int64(i+2) {
			t.Fatalf("%s: %+v, %v", step.name, record, err)
		}
		again, err := d.Change(t.Context(), call(step.name), id, step.change)
		if err != nil || again.License.Revision != record.License.Revision {
			t.Errorf("%s again: %+v, %v; want nothing to change", step.name, again, err)
		}
		view, err := d.Show(t.Context(), id, "", "")
		if err != nil || len(view.Events) != i+2 {
			t.Fatalf("%s: %d events, %v", step.name, len(view.Events), err)
		}
		recorded := slices.ContainsFunc(view.Events, func(e license.Event) bool {
			return e.Kind == license.Changed && e.Actor == "support:jo@example.com" && e.Reason == "ticket 12" && strings.Join(e.Changes, ";") == step.says
		})
		if !recorded {
			t.Errorf("%s: not on record as %q: %+v", step.name, step.says, view.Events)
		}
	}
}

func TestChangeRefuses(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	seats, old, current := 3, int64(1), int64(2)
	if _, err := d.Change(t.Context(), call("a"), id, support.Amendment{Seats: &seats, Revision: &old}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Change(t.Context(), call("bb"), id, support.Amendment{Seats: &seats, Revision: &old}); !reflect.DeepEqual(err, &license.RevisionError{Revision: current}) {
		t.Errorf("an older revision: %v", err)
	}
	if _, err := d.Change(t.Context(), call("ccc"), "lic_unknown", support.Amendment{Seats: &seats}); !errors.Is(err, license.ErrNotFound) {
		t.Errorf("an unknown license: %v", err)
	}
	if _, err := d.Change(t.Context(), call("dddd"), id, support.Amendment{State: license.Revoked}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Change(t.Context(), call("eeeee"), id, support.Amendment{State: license.Active}); !errors.Is(err, license.ErrRevoked) {
		t.Errorf("reinstating what was revoked: %v", err)
	}
}

func TestLimitsOfFeatures(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	many := make([]license.Feature, support.MaxFeatures-1)
	for i := range many {
		many[i].Name = "feature-" + string(rune('a'+i))
	}
	if _, err := d.Change(t.Context(), call("a"), id, support.Amendment{AddFeatures: many}); !errors.Is(err, support.ErrTooManyFeatures) {
		t.Errorf("21 features: %v", err)
	}
	if _, err := d.Change(t.Context(), call("bb"), id, support.Amendment{AddFeatures: many[1:]}); err != nil {
		t.Errorf("20 features: %v", err)
	}
}

// Two people change different things at once: neither change is lost.
func TestConcurrentChanges(t *testing.T) {
	d := newDesk(t)
	id := d.issue("one").License.ID
	var wait sync.WaitGroup
	for _, name := range []string{"f1", "feature-two", "feature-no-three"} {
		wait.Go(func() {
			_, err := d.Change(t.Context(), call(name), id, support.Amendment{AddFeatures: []license.Feature{{Name: name}}})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wait.Wait()
	view, err := d.Show(t.Context(), id, "", "")
	if err != nil || len(view.License.Features) != 5 || view.License.Revision != 4 {
		t.Errorf("%+v, %v; want all five features at revision 4", view.License, err)
	}
}

func TestRestore(t *testing.T) {
	d := newDesk(t)
	l := d.issue("one").License
	machine := licensetest.Fingerprint('a')
	a := license.Activation{Fingerprint: machine, State: license.Holding, ID: license.NewActivationID(l.ID, machine, [17]byte{}),
		Sequence: 1, ActivatedAt: licensetest.Noon(), Certificate: license.Signed{KeyID: "k", Payload: []byte("p"), Signature: []byte("s")}}
	err := d.store.Commit(t.Context(), license.SeatChange{License: l.ID, Revision: 1, Effect: license.TakeSeat,
		Activations: []license.ActivationChange{{After: a}}, Event: license.Event{ID: licensetest.ULID(), Kind: license.Activated}})
	if err != nil {
		t.Fatal(err)
	}
	wrong := []support.Restoration{{ID: "act_other", Fingerprint: machine}, {ID: a.ID, Fingerprint: licensetest.Fingerprint('b')}}
	for i, r := range wrong {
		if _, err := d.Restore(t.Context(), call(strings.Repeat("w", i+1)), l.ID, r); !errors.Is(err, license.ErrActivationNotFound) {
			t.Errorf("Restore(%+v) = %v", r, err)
		}
	}
	for _, key := range []string{"restore", "restore", "another call"} {
		got, err := d.Restore(t.Context(), call(key), l.ID, support.Restoration{ID: a.ID, Fingerprint: machine, Reason: "server burnt"})
		if err != nil || got.License.Used != 0 || got.Activation.State != license.Released || got.Activation.Sequence != licensetest.Noon().UnixMilli() {
			t.Errorf("%s: %+v, %v", key, got, err)
		}
	}
	reused := call("another call")
	reused.Body[31]++
	if _, err := d.Restore(t.Context(), reused, l.ID, support.Restoration{ID: a.ID, Fingerprint: machine}); !errors.Is(err, support.ErrCallReused) {
		t.Errorf("a call that had nothing to do is not on record: %v", err)
	}
	view, err := d.Show(t.Context(), l.ID, "", "")
	restored := 0
	for _, e := range view.Events {
		if e.Kind == license.SeatRestored && e.Reason == "server burnt" && e.Machine == machine {
			restored++
		}
	}
	if err != nil || restored != 1 {
		t.Errorf("on record %d times, %v; want once", restored, err)
	}
}

func TestSearch(t *testing.T) {
	d := newDesk(t)
	issued := d.issue("one")
	_, unknown := licensetest.NewLicense(1)
	tests := []struct {
		name, query string
		want        int
	}{
		{"license ID", string(issued.License.ID), 1},
		{"license ID in small letters", " " + strings.ToLower(string(issued.License.ID)), 1},
		{"license key", issued.Key.Reveal(), 1},
		{"license file", issued.File, 1},
		{"e-mail address", "Plant@Example.com", 1},
		{"reference", "po-7", 1},
		{"an unknown key", unknown.Reveal(), 0},
		{"an unknown ID", string(unknown.ID()), 0},
		{"anything else", "nothing", 0},
	}
	for _, tt := range tests {
		if got, next, err := d.Search(t.Context(), tt.query, ""); err != nil || len(got) != tt.want || next != "" {
			t.Errorf("by %s: %d found, %q, %v; want %d", tt.name, len(got), next, err, tt.want)
		}
	}
}
