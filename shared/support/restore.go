package support

import (
	"context"

	"github.com/cirruslink/chariot-license/shared/license"
)

// Restoration names the seat of a machine that is gone.
type Restoration struct {
	ID          license.ActivationID
	Fingerprint license.Fingerprint
	Reason      string
}

// Restored is how license and machine stand after a restoration.
type Restored struct {
	License    license.License
	Activation license.Activation
}

// Restore frees the seat and releases the activation: should the machine come
// back, it is told, and takes nothing by itself. It works in every state of the
// license. It refuses with license.ErrNotFound or license.ErrActivationNotFound.
func (s *Service) Restore(ctx context.Context, call Call, id license.ID, r Restoration) (*Restored, error) {
	id, err := s.once(ctx, call, func() (license.ID, error) { return id, s.restore(ctx, call, id, r) })
	if err != nil {
		return nil, err
	}
	snap, err := s.Reader.Machines(ctx, id, r.Fingerprint)
	if err != nil {
		return nil, err
	}
	a := snap.Activations[r.Fingerprint]
	if a == nil {
		return nil, license.ErrActivationNotFound
	}
	return &Restored{License: snap.License, Activation: *a}, nil
}

func (s *Service) restore(ctx context.Context, call Call, id license.ID, r Restoration) error {
	snap, err := s.Reader.Machines(ctx, id, r.Fingerprint)
	if err != nil {
		return err
	}
	a := snap.Activations[r.Fingerprint]
	switch {
	case a == nil || a.ID != r.ID || a.State == license.Closed:
		return license.ErrActivationNotFound
	}
	call.License = id
	if a.State == license.Released { // done before, by another call
		return s.Writer.Record(ctx, call, s.now())
	}
	event := s.event(call, license.SeatRestored, r.Reason)
	event.Activation, event.Machine, event.Hostname = a.ID, a.Fingerprint, a.Machine.Hostname
	return s.Writer.Release(ctx, license.SeatChange{
		License: id, Effect: license.FreeSeat, Event: event,
		Activations: []license.ActivationChange{{Before: a, After: a.Close(license.Released, nil, s.Now().UTC())}},
	}, call)
}
