package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

const (
	maxSeats = 1_000_000
	maxDays  = 3660
)

func (f *fields) issue(in *issueBody) support.Issue {
	return support.Issue{
		Deployment: f.deployment("/deployment", in.Deployment),
		Seats:      f.between("/seats", in.Seats, 1, maxSeats),
		Features:   f.features("/features", in.Features, true),
		Expires:    f.end("/expires", in.Expires),
		Terms: license.Terms{
			Enforce:     f.enforcement("/enforce", in.Enforce),
			GraceDays:   f.between("/graceDays", in.GraceDays, 0, maxDays),
			ContactDays: f.between("/contactDays", in.ContactDays, 0, maxDays),
		},
		About: support.About{
			ContactEmail: f.email("/contactEmail", in.ContactEmail, true),
			Reference:    f.text("/reference", in.Reference, 100, false),
			Note:         f.note("/note", in.Note, 2000),
		},
	}
}

func (f *fields) amendment(in *amendBody) support.Amendment {
	amendment := support.Amendment{
		Revision:       in.Revision,
		Seats:          in.Seats,
		Expires:        f.newEnd("/expires", in.Expires),
		State:          f.state("/state", in.State),
		AddFeatures:    f.features("/addFeatures", in.AddFeatures, false),
		RemoveFeatures: f.names("/removeFeatures", in.RemoveFeatures),
		ContactEmail:   f.email("/contactEmail", in.ContactEmail, false),
		Reason:         f.text("/reason", in.Reason, 500, true),
	}
	if in.Revision != nil && *in.Revision < 1 {
		f.refuse("/revision", "It must be a whole number, 1 or more.")
	}
	if in.Seats != nil {
		f.between("/seats", *in.Seats, 1, maxSeats)
	}
	if in.Seats == nil && in.Expires == nil && in.State == "" && in.ContactEmail == "" &&
		len(in.AddFeatures)+len(in.RemoveFeatures) == 0 {
		f.refuse("", "Nothing to change: name what is to be different.")
	}
	return amendment
}

// deployment accepts what support may issue. Marketplace licenses are made by
// the marketplaces; leased ones come with leases.
func (f *fields) deployment(pointer, value string) license.Deployment {
	if !slices.Contains([]string{"online", "offline", "floating"}, value) {
		f.refuse(pointer, "It must be online, offline or floating.")
	}
	return license.Deployment(value)
}

func (f *fields) enforcement(pointer, value string) license.Enforcement {
	if !slices.Contains([]string{"", "warn", "degrade", "stop"}, value) {
		f.refuse(pointer, "It must be warn, degrade or stop.")
	}
	return license.Enforcement(value)
}

func (f *fields) state(pointer, value string) license.State {
	if !slices.Contains([]string{"", "active", "suspended", "revoked"}, value) {
		f.refuse(pointer, "It must be active, suspended or revoked.")
	}
	return license.State(value)
}

func (f *fields) features(pointer string, in []featureBody, required bool) []license.Feature {
	if required && len(in) == 0 {
		f.refuse(pointer, "It must name at least one feature, such as mqtt-server.")
	}
	if len(in) > support.MaxFeatures {
		f.refuse(pointer, "It may name up to %d features.", support.MaxFeatures)
		return nil
	}
	var names []string
	features := make([]license.Feature, len(in))
	for i, feature := range in {
		at := fmt.Sprintf("%s/%d", pointer, i)
		names = append(names, feature.Name)
		features[i] = license.Feature{Name: feature.Name, Until: f.end(at+"/until", feature.Until)}
	}
	f.names(pointer, names)
	return features
}

func (f *fields) names(pointer string, names []string) []string {
	if len(names) > support.MaxFeatures {
		f.refuse(pointer, "It may name up to %d features.", support.MaxFeatures)
		return nil
	}
	for i, name := range names {
		at := fmt.Sprintf("%s/%d", pointer, i)
		switch {
		case !license.FeatureName(name):
			f.refuse(at, "A feature's name is 1 to 40 of a-z, 0-9 and hyphen, such as mqtt-server.")
		case slices.Contains(names[:i], name):
			f.refuse(at, "This feature is there twice; name it once.")
		}
	}
	return names
}

// end accepts a time of this era, in whole seconds; nil is the zero time: never.
func (f *fields) end(pointer string, value *time.Time) time.Time {
	if value == nil {
		return time.Time{}
	}
	if year := value.UTC().Year(); year < 2000 || year > 9999 {
		f.refuse(pointer, "It must be a time from the year 2000 on.")
	}
	return value.UTC().Truncate(time.Second)
}

// newEnd tells an absent end, nil, from a null one, the zero time: never.
func (f *fields) newEnd(pointer string, value jsontext.Value) *time.Time {
	if value == nil {
		return nil
	}
	var at *time.Time
	if err := json.Unmarshal(value, &at); err != nil {
		f.refuse(pointer, "It must be a time such as 2027-11-23T00:00:00Z, or null for never.")
	}
	end := f.end(pointer, at)
	return &end
}
