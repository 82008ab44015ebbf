package support

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

// A View is a license with a page of its activations and of its audit.
type View struct {
	Record
	Activations []license.Activation
	Events      []license.Event
	// NextActivations and NextEvents are where to go on; empty at the end.
	NextActivations, NextEvents string
}

// Show looks a license up. The cursors are from an earlier View, or empty. It
// refuses with license.ErrNotFound.
func (s *Service) Show(ctx context.Context, id license.ID, activationsAfter, eventsAfter string) (*View, error) {
	record, err := s.record(ctx, id)
	if err != nil {
		return nil, err
	}
	view := &View{Record: *record}
	if view.Activations, view.NextActivations, err = s.Reader.Activations(ctx, id, activationsAfter); err != nil {
		return nil, err
	}
	view.Events, view.NextEvents, err = s.Reader.Events(ctx, id, eventsAfter)
	return view, err
}

// Search finds licenses by ID, license key (a pasted file too), e-mail address
// or reference, letter case aside. The cursor is from an earlier page, or empty.
func (s *Service) Search(ctx context.Context, query, after string) (records []Record, next string, err error) {
	if id, err := license.ParseID(query); err == nil {
		records, err = s.Reader.Records(ctx, id)
		return records, "", err
	}
	if key, err := license.ParseKey(query); err == nil {
		records, err = s.byKey(ctx, key)
		return records, "", err
	}
	ids, next, err := s.Reader.Search(ctx, query, after)
	if err != nil || len(ids) == 0 {
		return nil, "", err
	}
	records, err = s.Reader.Records(ctx, ids...)
	return records, next, err
}

// byKey finds the license that has this key now: one that was replaced finds none.
func (s *Service) byKey(ctx context.Context, key license.Key) ([]Record, error) {
	id, err := s.Reader.Named(ctx, key)
	if err != nil {
		return nil, err
	}
	records, err := s.Reader.Records(ctx, id)
	if err != nil || len(records) == 0 || records[0].License.KeyHash != key.Hash() {
		return nil, err
	}
	return records, nil
}
