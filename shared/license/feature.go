package license

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Feature is what a Product grants on a License. Its JSON form is the one of
// the API and of certificates.
type Feature struct {
	// Name is stable and never reused: 1 to 40 of a-z, 0-9 and hyphen.
	Name string `json:"name"`
	// Until is the end, exclusive; zero means as long as the license.
	Until time.Time `json:"until,omitzero"`
	// Metered says that its use is counted and billed.
	Metered bool `json:"metered,omitzero"`
}

// FeatureName reports whether a text may name a feature.
func FeatureName(text string) bool {
	if len(text) < 1 || len(text) > 40 || text[0] == '-' {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// A Grant records what one order, one issue, one change by support or one
// import added to a License or removed from it. Grants are never changed: the
// features of a License are Features of all its grants.
type Grant struct {
	// ID is the order's, or a ULID.
	ID string
	At time.Time
	// Revision is the one that the license came to by this grant: it puts grants
	// in order, whatever the clocks of those who made them said.
	Revision int64
	Add      []Feature
	Remove   []string
}

// Features is what a License has by its grants, in order of names. Grants
// apply in order of revision; a feature added again has the end that the last
// grant gave it. Of one grant, removals apply first.
func Features(grants []Grant) []Feature {
	ordered := slices.Clone(grants)
	slices.SortFunc(ordered, func(a, b Grant) int { return cmp.Compare(a.Revision, b.Revision) })
	held := map[string]Feature{}
	for _, grant := range ordered {
		for _, name := range grant.Remove {
			delete(held, name)
		}
		for _, feature := range grant.Add {
			held[feature.Name] = feature
		}
	}
	features := make([]Feature, 0, len(held))
	for _, feature := range held {
		features = append(features, feature)
	}
	slices.SortFunc(features, func(a, b Feature) int { return strings.Compare(a.Name, b.Name) })
	return features
}
