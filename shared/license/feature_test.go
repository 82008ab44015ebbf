package license

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFeatureName(t *testing.T) {
	tests := []struct {
		name string
		text string
		want bool
	}{
		{"a product's", "mqtt-server", true},
		{"one letter", "a", true},
		{"one digit", "7", true},
		{"40 characters", strings.Repeat("a", 40), true},
		{"a hyphen at the end", "a-", true},
		{"nothing", "", false},
		{"41 characters", strings.Repeat("a", 41), false},
		{"a hyphen first", "-a", false},
		{"a capital", "Mqtt", false},
		{"an underscore", "mqtt_server", false},
		{"white space", "mqtt server", false},
		{"a line break at the end", "mqtt\n", false},
		{"a NUL", "mqtt\x00", false},
		{"a letter of another alphabet", "mqtté", false},
		{"what stands around the letters", "`", false},
		{"what stands behind the letters", "{", false},
		{"what stands around the digits", "/", false},
		{"what stands behind the digits", ":", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := FeatureName(tt.text); got != tt.want {
				t.Errorf("FeatureName(%q) = %t, want %t", tt.text, got, tt.want)
			}
		})
	}
}

func TestFeatures(t *testing.T) {
	a, b := Feature{Name: "a"}, Feature{Name: "b"}
	aUntil, aLater := Feature{Name: "a", Until: noon}, Feature{Name: "a", Until: noon.AddDate(1, 0, 0)}
	tests := []struct {
		name   string
		grants []Grant
		want   []Feature
	}{
		{"no grant, no feature", nil, []Feature{}},
		{"in order of names", []Grant{{Revision: 1, Add: []Feature{b, a}}}, []Feature{a, b}},
		{"grants add up", []Grant{{Revision: 1, Add: []Feature{b}}, {Revision: 2, Add: []Feature{a}}}, []Feature{a, b}},
		{"the last grant sets the end", []Grant{{Revision: 1, Add: []Feature{aLater}}, {Revision: 2, Add: []Feature{aUntil}}}, []Feature{aUntil}},
		{"the last may take the end away", []Grant{{Revision: 1, Add: []Feature{aUntil}}, {Revision: 2, Add: []Feature{a}}}, []Feature{a}},
		{"removed", []Grant{{Revision: 1, Add: []Feature{a, b}}, {Revision: 2, Remove: []string{"a"}}}, []Feature{b}},
		{"removed and added again", []Grant{{Revision: 1, Add: []Feature{a}}, {Revision: 2, Remove: []string{"a"}}, {Revision: 3, Add: []Feature{aUntil}}}, []Feature{aUntil}},
		{"of one grant, removals come first", []Grant{{Revision: 1, Add: []Feature{a}}, {Revision: 2, Add: []Feature{aUntil}, Remove: []string{"a"}}}, []Feature{aUntil}},
		{"to remove what is not there changes nothing", []Grant{{Revision: 1, Add: []Feature{a}, Remove: []string{"z"}}}, []Feature{a}},
		{"the revision counts, not the clock", []Grant{{Revision: 1, At: noon, Add: []Feature{a}}, {Revision: 2, At: noon.Add(-time.Hour), Add: []Feature{aUntil}}}, []Feature{aUntil}},
		{"what has ended stays listed", []Grant{{Revision: 1, Add: []Feature{{Name: "a", Until: time.Unix(0, 0).UTC()}}}}, []Feature{{Name: "a", Until: time.Unix(0, 0).UTC()}}},
		{"metered stays metered", []Grant{{Revision: 1, Add: []Feature{{Name: "a", Metered: true}}}}, []Feature{{Name: "a", Metered: true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Features(tt.grants); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Features = %+v, want %+v", got, tt.want)
			}
		})
	}
}

// In whatever order grants are read, they come to the same features: every
// permutation of random sets of five.
func TestFeaturesOfGrantsInAnyOrder(t *testing.T) {
	r := random()
	names := []string{"a", "b", "c"}
	for range 100 {
		grants := make([]Grant, 5)
		for i := range grants {
			grants[i] = Grant{Revision: int64(i + 1), At: noon.Add(time.Duration(r.IntN(9)-4) * time.Second)}
			for _, name := range names {
				switch r.IntN(3) {
				case 0:
					grants[i].Add = append(grants[i].Add, Feature{Name: name, Until: noon.AddDate(r.IntN(3), 0, 0)})
				case 1:
					grants[i].Remove = append(grants[i].Remove, name)
				}
			}
		}
		want := Features(grants)
		permutations(grants, func(permuted []Grant) {
			before := slices.Clone(permuted)
			if got := Features(permuted); !reflect.DeepEqual(got, want) {
				t.Fatalf("Features(%+v) = %+v, want %+v", permuted, got, want)
			}
			if !reflect.DeepEqual(permuted, before) {
				t.Fatal("Features changed the order of what it was given")
			}
		})
	}
}

func permutations(grants []Grant, visit func([]Grant)) {
	var walk func(done []Grant, rest []Grant)
	walk = func(done, rest []Grant) {
		if len(rest) == 0 {
			visit(slices.Clone(done))
		}
		for i := range rest {
			walk(append(slices.Clone(done), rest[i]), slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	walk(nil, grants)
}
