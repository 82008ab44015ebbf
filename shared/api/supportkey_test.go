package api

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
)

func (c *cabinet) Named(_ context.Context, key license.Key) (license.ID, error) {
	for id, record := range c.records {
		if record.License.KeyHash == key.Hash() {
			return id, c.err
		}
	}
	return key.ID(), c.err
}

// What is stored of a replacement is the new key, and nothing else is different;
// what is answered is that key, in the file of the same license.
func TestReplaceKey(t *testing.T) {
	for _, body := range []string{`{"reason":"PO-7"}`, `{"reason":"PO-7","send":true}`, `{"reason":"PO-7","send":null}`} {
		c := newCabinet()
		want := c.records[plantID]
		d := newDoor(Support(c.service()))
		got := d.send(t, replaceRoute, body)
		if got.StatusCode != 201 || len(c.changes) != 1 {
			t.Fatalf("%s: answered %s; wrote %+v", body, got.Body, c.changes)
		}
		key := parsed(strings.TrimPrefix(string(c.changes[0].Secret), "sealed:"))
		want.License.KeyHash, want.License.OfflineKey = key.Hash(), key.OfflineKey()
		want.License.Revision++
		if after := c.changes[0].After; key == parsed(plantKey) || !reflect.DeepEqual(after, want) {
			t.Errorf("stored %+v\nwant %+v", after, want)
		}
		if e := c.changes[0].Event; e.Kind != license.KeyReplaced || e.Reason != "PO-7" || e.Actor != "support:ann@example.com" || e.Changes != nil {
			t.Errorf("on record: %+v", e)
		}
		var said struct {
			License                 struct{ ID string }
			LicenseKey, LicenseFile string
		}
		if err := json.Unmarshal([]byte(got.Body), &said); err != nil || said.License.ID != plantID ||
			said.LicenseKey != key.Reveal() || said.LicenseFile != license.File(&want.License, key) {
			t.Errorf("answered %s, %v", got.Body, err)
		}
		if got := d.send(t, searchRoute, `{"query":"`+key.Reveal()+`"}`); !strings.Contains(got.Body, plantID) {
			t.Errorf("the new key does not find the license: %s", got.Body)
		}
		if got := d.send(t, searchRoute, `{"query":"`+plantKey+`"}`); strings.Contains(got.Body, plantID) {
			t.Errorf("the old key finds the license: %s", got.Body)
		}
	}
}

func TestReplaceKeyRefuses(t *testing.T) {
	tests := []struct {
		name, body    string
		state         license.State
		status        int
		code, pointer string
	}{
		{"no reason", `{}`, license.Active, 400, "malformed-request", "/reason"},
		{"a blank reason", `{"reason":" "}`, license.Active, 400, "malformed-request", "/reason"},
		{"a long reason", `{"reason":"` + strings.Repeat("r", 501) + `"}`, license.Active, 400, "malformed-request", "/reason"},
		{"a reason of two lines", `{"reason":"a\nb"}`, license.Active, 400, "malformed-request", "/reason"},
		{"a key of one's own choice", `{"reason":"r","licenseKey":"` + plantKey + `"}`, license.Active, 400, "malformed-request", ""},
		{"send in words", `{"reason":"r","send":"no"}`, license.Active, 400, "malformed-request", "/send"},
		{"revoked", `{"reason":"r"}`, license.Revoked, 403, "license-revoked", ""},
		{"suspended is in nobody's way", `{"reason":"r"}`, license.Suspended, 201, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCabinet()
			record := c.records[plantID]
			record.License.State = tt.state
			c.records[plantID] = record
			got := newDoor(Support(c.service())).send(t, replaceRoute, tt.body)
			if got.StatusCode != tt.status || got.code() != tt.code || got.problem.Pointer != tt.pointer || (len(c.changes) == 0) != (tt.status != 201) {
				t.Errorf("answered %s; wrote %+v", got.Body, c.changes)
			}
		})
	}
}
