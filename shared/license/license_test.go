package license

import (
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

func online(with ...func(*License)) *License {
	l := &License{Deployment: Online, State: Active, Seats: 2, Revision: 1}
	for _, change := range with {
		change(l)
	}
	return l
}

func in(state State) func(*License)           { return func(l *License) { l.State = state } }
func as(deployment Deployment) func(*License) { return func(l *License) { l.Deployment = deployment } }
func expiring(at time.Time) func(*License)    { return func(l *License) { l.Expires = at } }
func granting(terms Terms) func(*License)     { return func(l *License) { l.Terms = terms } }
func seated(used, seats int) func(l *License) {
	return func(l *License) { l.Used, l.Seats = used, seats }
}
func only(d ...Deployment) []Deployment { return d }
func seq(value int64) *int64            { return &value }

// Nothing but a revocation is in the way of a new key.
func TestReplaceKey(t *testing.T) {
	key := NewKey([16]byte{1})
	tests := []struct {
		name    string
		license *License
		err     error
	}{
		{"active", online(), nil},
		{"suspended", online(in(Suspended)), nil},
		{"expired", online(expiring(noon.Add(-time.Second))), nil},
		{"every seat taken", online(seated(3, 2)), nil},
		{"offline", online(as(Offline)), nil},
		{"revoked", online(in(Revoked)), ErrRevoked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.license.ID = "lic_of_another_key"
			want := *tt.license
			if tt.err == nil {
				want.KeyHash, want.OfflineKey, want.Revision = key.Hash(), key.OfflineKey(), 2
			}
			if err := tt.license.ReplaceKey(key); err != tt.err || !reflect.DeepEqual(*tt.license, want) {
				t.Errorf("ReplaceKey = %v, and the license is\n%+v, want\n%+v", err, *tt.license, want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name    string
		license *License
		want    []Deployment
		err     error
	}{
		{"active, without end", online(), only(Online), nil},
		{"the route serves several deployments", online(), only(Offline, Online), nil},
		{"last nanosecond of the term", online(expiring(noon.Add(1))), only(Online), nil},
		{"last second of the term", online(expiring(noon.Add(time.Second))), only(Online), nil},
		{"the end is exclusive", online(expiring(noon)), only(Online), &ExpiredError{At: noon}},
		{"first second past the end", online(expiring(noon.Add(-time.Second))), only(Online), &ExpiredError{At: noon.Add(-time.Second)}},
		{"grace does not prolong the term", online(expiring(noon), granting(Terms{GraceDays: 30})), only(Online), &ExpiredError{At: noon}},
		{"suspended", online(in(Suspended)), only(Online), ErrSuspended},
		{"revoked", online(in(Revoked)), only(Online), ErrRevoked},
		{"another deployment", online(as(Offline)), only(Online), &DeploymentError{Deployment: Offline}},
		{"no deployment is served", online(), nil, &DeploymentError{Deployment: Online}},
		{"revoked comes before expired and deployment", online(in(Revoked), expiring(noon), as(Offline)), only(Online), ErrRevoked},
		{"suspended comes before expired and deployment", online(in(Suspended), expiring(noon), as(Offline)), only(Online), ErrSuspended},
		{"expired comes before deployment", online(expiring(noon), as(Floating)), only(Online), &ExpiredError{At: noon}},
		{"seats are no part of it", online(seated(3, 2)), only(Online), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.license.Check(noon, tt.want...); !reflect.DeepEqual(err, tt.err) {
				t.Errorf("Check = %v, want %v", err, tt.err)
			}
		})
	}
}

func TestGraceUntil(t *testing.T) {
	tests := []struct {
		name    string
		license *License
		want    time.Time
	}{
		{"no end, no grace", online(granting(Terms{GraceDays: 30})), time.Time{}},
		{"an end without grace", online(expiring(noon)), time.Time{}},
		{"neither", online(), time.Time{}},
		{"days run on from the end", online(expiring(noon), granting(Terms{GraceDays: 30})), time.Date(2026, time.December, 24, 12, 0, 0, 0, time.UTC)},
		{"one day is 24 hours", online(expiring(noon), granting(Terms{GraceDays: 1})), noon.Add(24 * time.Hour)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.license.GraceUntil(); !got.Equal(tt.want) {
				t.Errorf("GraceUntil = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestContactBy(t *testing.T) {
	tests := []struct {
		name    string
		license *License
		want    time.Time
	}{
		{"a perpetual license never needs contact", online(), time.Time{}},
		{"nor does one with an end", online(expiring(noon)), time.Time{}},
		{"days run on from the contact", online(granting(Terms{ContactDays: 90})), noon.Add(90 * 24 * time.Hour)},
		{"the end of the license does not cut them", online(expiring(noon), granting(Terms{ContactDays: 1})), noon.Add(24 * time.Hour)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.license.ContactBy(noon); !got.Equal(tt.want) {
				t.Errorf("ContactBy = %v, want %v", got, tt.want)
			}
		})
	}
}

// What logs and people read of each refusal.
func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&ExpiredError{At: noon}, "license expired at 2026-11-24T12:00:00Z"},
		{&DeploymentError{Deployment: Floating}, "license is for deployment floating"},
		{&ReleasedError{Sequence: 6}, "activation was released at sequence 6"},
		{&SupersededError{Sequence: 7}, "superseded by sequence 7"},
		{&RevisionError{Revision: 3}, "license is at revision 3"},
		{&SeatsTakenError{Seats: 5}, "all 5 seats are taken"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%T says %q, want %q", tt.err, got, tt.want)
		}
	}
}
