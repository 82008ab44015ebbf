package support

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cirruslink/chariot-license/shared/catalog"
	"github.com/cirruslink/chariot-license/shared/license"
)

// MaxFeatures is how many a license may have: every certificate carries them.
const MaxFeatures = 20

// ErrTooManyFeatures: the license would have more than MaxFeatures.
var ErrTooManyFeatures = errors.New("too many features")

// Amendment says what to change; nil and empty fields stay as they are.
type Amendment struct {
	// Revision, if not nil, is the one the person had in view.
	Revision *int64
	Seats    *int
	// Expires, if not nil, is the new end; a zero time means never.
	Expires        *time.Time
	State          license.State
	AddFeatures    []license.Feature
	RemoveFeatures []string
	ContactEmail   string
	Reason         string
}

// Change amends a license. It refuses with license.ErrNotFound,
// license.ErrRevoked (that is final), *license.RevisionError or
// ErrTooManyFeatures.
func (s *Service) Change(ctx context.Context, call Call, id license.ID, r Amendment) (*Record, error) {
	id, err := s.once(ctx, call, func() (license.ID, error) { return id, s.change(ctx, call, id, r) })
	if err != nil {
		return nil, err
	}
	return s.record(ctx, id)
}

func (s *Service) change(ctx context.Context, call Call, id license.ID, r Amendment) error {
	before, err := s.record(ctx, id)
	switch {
	case err != nil:
		return err
	case before.License.State == license.Revoked:
		return license.ErrRevoked
	case r.Revision != nil && *r.Revision != before.License.Revision:
		return &license.RevisionError{Revision: before.License.Revision}
	}
	after, event := *before, s.event(call, license.Changed, r.Reason)
	after.License.Revision++
	event.Changes = r.apply(&after)
	grant, err := s.grant(ctx, id, r, &after.License)
	if err != nil {
		return err
	}
	call.License = id
	return s.Writer.Write(ctx, Change{Call: call, Before: before, After: after, Grant: grant, Event: event})
}

// apply changes all but the features, and returns what changed in words.
func (r *Amendment) apply(record *Record) (changes []string) {
	say := func(format string, args ...any) { changes = append(changes, fmt.Sprintf(format, args...)) }
	l := &record.License
	if r.Seats != nil {
		say("seats %d → %d", l.Seats, *r.Seats)
		l.Seats = *r.Seats
	}
	if r.Expires != nil {
		say("expires %s → %s", describeEnd(l.Expires), describeEnd(*r.Expires))
		l.Expires = *r.Expires
	}
	if r.State != "" {
		say("state %s → %s", l.State, r.State)
		l.State = r.State
	}
	for _, name := range r.RemoveFeatures {
		say("without %s", name)
	}
	for _, feature := range r.AddFeatures {
		say("with %s until %s", feature.Name, describeEnd(feature.Until))
	}
	if r.ContactEmail != "" {
		say("contact e-mail address") // not which: events outlive personal data
		record.About.ContactEmail = r.ContactEmail
	}
	return changes
}

// grant records a change of features, and sets them to what all grants come to;
// nil if there is none.
func (s *Service) grant(ctx context.Context, id license.ID, r Amendment, l *license.License) (*license.Grant, error) {
	if len(r.AddFeatures) == 0 && len(r.RemoveFeatures) == 0 {
		return nil, nil
	}
	grants, err := s.Reader.Grants(ctx, id)
	if err != nil {
		return nil, err
	}
	grant := license.Grant{
		ID: string(s.ulid()), At: s.now(), Revision: l.Revision,
		Add: catalog.Metered(r.AddFeatures), Remove: r.RemoveFeatures,
	}
	l.Features = license.Features(append(grants, grant))
	if len(l.Features) > MaxFeatures {
		return nil, ErrTooManyFeatures
	}
	return &grant, nil
}

func describeEnd(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.Format(time.RFC3339)
}
