package dynamo

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

const (
	// pageSize is of activations and events, searchSize of search results; each
	// of those is read whole, two items a license, in one transaction of at most 100.
	pageSize   = 100
	searchSize = 20
)

// Activations implements support.Reader.
func (s *Licenses) Activations(ctx context.Context, id license.ID, after string) (page []license.Activation, next string, err error) {
	items, next, err := s.page(ctx, "L#"+string(id), "A#", after, pageSize, false)
	for _, it := range items {
		page = append(page, *decodeActivation(it))
	}
	return page, next, err
}

// Events implements support.Reader.
func (s *Licenses) Events(ctx context.Context, id license.ID, after string) (page []license.Event, next string, err error) {
	items, next, err := s.page(ctx, "L#"+string(id), "E#", after, pageSize, true)
	for _, it := range items {
		page = append(page, decodeEvent(it))
	}
	return page, next, err
}

// Grants implements support.Reader.
func (s *Licenses) Grants(ctx context.Context, id license.ID) (grants []license.Grant, err error) {
	for after := ""; ; {
		items, next, err := s.page(ctx, "L#"+string(id), "G#", after, pageSize, false)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			grants = append(grants, decodeGrant(it))
		}
		if next == "" {
			return grants, nil
		}
		after = next
	}
}

// Search implements support.Reader.
func (s *Licenses) Search(ctx context.Context, term, after string) (ids []license.ID, next string, err error) {
	items, next, err := s.page(ctx, termPartition(term), "lic_", after, searchSize, false)
	for _, it := range items {
		ids = append(ids, license.ID(reader(it).text(SortKey)))
	}
	return ids, next, err
}
