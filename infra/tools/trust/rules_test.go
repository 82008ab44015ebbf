package main

import (
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// trusted is an entry of the bundle. Of its key only the ID matters here.
func trusted(kid string, changes ...func(*certificate.TrustedKey)) certificate.TrustedKey {
	k := certificate.TrustedKey{
		JWK: certificate.JWK{KeyID: kid}, NotBefore: licensetest.Noon().AddDate(0, 0, -2),
		Use: []certificate.Kind{certificate.Activation, certificate.Floating},
	}
	for _, change := range changes {
		change(&k)
	}
	return k
}

func retired(at time.Time) func(*certificate.TrustedKey) {
	return func(k *certificate.TrustedKey) { k.RetiredAt = at }
}

func from(at time.Time) func(*certificate.TrustedKey) {
	return func(k *certificate.TrustedKey) { k.NotBefore = at }
}

func only(use ...certificate.Kind) func(*certificate.TrustedKey) {
	return func(k *certificate.TrustedKey) { k.Use = use }
}

// standing is a publication of version 3 in which key one signs since noon, and
// all keys are announced a day before.
func standing(keys ...certificate.TrustedKey) *publication {
	noon := licensetest.Noon()
	p := &publication{bundle: &certificate.Bundle{Version: 3, Keys: keys}, Publication: dynamo.Publication{
		Version: 3, SigningSince: noon, Trust: activation.Trust{KeyID: "one", SigningKey: "arn:one"},
	}}
	for _, k := range keys {
		p.Announced = append(p.Announced, dynamo.AnnouncedKey{KeyID: k.KeyID, At: noon.AddDate(0, 0, -1)})
	}
	return p
}

// says compares a verdict with the words it must have; none: no refusal.
func says(t *testing.T, name string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", name, err, want)
	}
}

func TestMayUse(t *testing.T) {
	noon := licensetest.Noon()
	unknown := standing(trusted("one"), trusted("two"))
	unknown.Announced = nil
	tests := []struct {
		name  string
		p     *publication
		after time.Duration
		hurry bool
		want  string
	}{
		{"a day after its announcement", standing(trusted("one"), trusted("two")), 0, false, ""},
		{"a second before", standing(trusted("one"), trusted("two")), -time.Second, false, "until 2026-11-24 12:00:00 UTC"},
		{"in a hurry", standing(trusted("one"), trusted("two")), -time.Second, true, ""},
		{"not there", standing(trusted("one")), 0, true, "has no key two"},
		{"retired", standing(trusted("one"), trusted("two", retired(noon))), 0, true, "is retired"},
		{"about to retire", standing(trusted("one"), trusted("two", retired(noon.AddDate(1, 0, 0)))), 0, true, "is retired"},
		{"for something else", standing(trusted("one"), trusted("two", only(certificate.Floating))), 0, true, "may not sign certificates"},
		{"its first second", standing(trusted("one"), trusted("two", from(noon))), 0, true, ""},
		{"a second before that", standing(trusted("one"), trusted("two", from(noon.Add(time.Second)))), 0, true, "counts from"},
		{"nobody knows since when", unknown, 0, false, "not known since when"},
		{"nobody knows, in a hurry", unknown, 0, true, ""},
	}
	for _, tt := range tests {
		says(t, tt.name, mayUse(tt.p, "two", noon.Add(tt.after), tt.hurry), tt.want)
	}
}

func TestMayPublish(t *testing.T) {
	noon := licensetest.Noon()
	late := noon.Add(time.Hour) // the old key may sign until then
	before := standing(trusted("one"), trusted("two"), trusted("three", retired(noon)))
	three := trusted("three", retired(noon))
	tests := []struct {
		name    string
		version int64
		keys    []certificate.TrustedKey
		removes []string
		want    string
	}{
		{"the same keys", 4, []certificate.TrustedKey{trusted("one"), trusted("two"), three}, nil, ""},
		{"one more", 4, []certificate.TrustedKey{trusted("one"), trusted("two"), three, trusted("four")}, nil, ""},
		{"the same version", 3, []certificate.TrustedKey{trusted("one"), trusted("two"), three}, nil, "does not rise"},
		{"without the key in use", 4, []certificate.TrustedKey{trusted("two"), three}, []string{"one"}, "signs now"},
		{"the key in use retired", 4, []certificate.TrustedKey{trusted("one", retired(late)), trusted("two"), three}, nil, "signs now"},
		{"the key in use for something else", 4, []certificate.TrustedKey{trusted("one", only(certificate.Floating)), trusted("two"), three}, nil, "signs now"},
		{"a key dropped", 4, []certificate.TrustedKey{trusted("one"), three}, nil, "--removes two"},
		{"a key removed", 4, []certificate.TrustedKey{trusted("one"), three}, []string{"two"}, ""},
		{"a retired key dropped", 4, []certificate.TrustedKey{trusted("one"), trusted("two")}, nil, "--removes three"},
		{"removed, and still there", 4, []certificate.TrustedKey{trusted("one"), trusted("two"), three}, []string{"two"}, "still has key two"},
		{"retired after its last signature", 4, []certificate.TrustedKey{trusted("one"), trusted("two", retired(late)), three}, nil, ""},
		{"retired too early", 4, []certificate.TrustedKey{trusted("one"), trusted("two", retired(late.Add(-time.Second))), three}, nil, "may have signed until 2026-11-24 13:00:00 UTC"},
		{"retired no more", 4, []certificate.TrustedKey{trusted("one"), trusted("two"), trusted("three")}, nil, "may only retire"},
		{"retired another time", 4, []certificate.TrustedKey{trusted("one"), trusted("two"), trusted("three", retired(late))}, nil, "may only retire"},
		{"another beginning", 4, []certificate.TrustedKey{trusted("one"), trusted("two", from(noon)), three}, nil, "may only retire"},
		{"for less", 4, []certificate.TrustedKey{trusted("one"), trusted("two", only(certificate.Activation)), three}, nil, "may only retire"},
		{"for more", 4, []certificate.TrustedKey{trusted("one"), trusted("two", only(certificate.Activation, certificate.Floating, "more")), three}, nil, ""},
		{"another key of the same ID", 4, []certificate.TrustedKey{trusted("one"), trusted("two", func(k *certificate.TrustedKey) { k.X = "x" }), three}, nil, "may only retire"},
	}
	for _, tt := range tests {
		says(t, tt.name, mayPublish(before, &certificate.Bundle{Version: tt.version, Keys: tt.keys}, tt.removes), tt.want)
	}
	says(t, "the first bundle", mayPublish(nil, &certificate.Bundle{Version: 1}, nil), "")
}

func TestRetirement(t *testing.T) {
	p, noon := standing(), licensetest.Noon()
	for after, want := range map[time.Duration]time.Duration{0: time.Hour, time.Hour - 1: time.Hour, time.Hour + 1: time.Hour + 1} {
		if at := retirement(p, noon.Add(after)); !at.Equal(noon.Add(want)) {
			t.Errorf("%s after the change: %s, want %s after it", after, at, want)
		}
	}
}
