package api

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// maxFailures is how many unknown license keys a network may present in one
// minute. Source: DESIGN 5, the rate limiter.
const maxFailures = 60

// FailureCounter counts failed look-ups of a network in the minute of a time,
// for all functions together, and returns how many there are.
type FailureCounter interface {
	Count(ctx context.Context, network string, at time.Time) (int64, error)
}

// A Limiter slows down who tries out license keys. It counts failures only, so a
// valid key is never refused, however many bad typists share its address. If it
// cannot count it lets pass: a key of 125 random bits is not found by trying.
type Limiter struct {
	Failed FailureCounter
	Now    func() time.Time
	Log    *slog.Logger
}

// Failures answers 429 in place of license-not-found once a network is over the
// limit.
func (l *Limiter) Failures(next Endpoint) Endpoint {
	return func(ctx context.Context, r *Request) (*Reply, error) {
		reply, err := next(ctx, r)
		if !errors.Is(err, license.ErrNotFound) {
			return reply, err
		}
		now := l.Now()
		count, countErr := l.Failed.Count(ctx, network(r.RequestContext.HTTP.SourceIP), now)
		switch {
		case countErr != nil:
			l.Log.LogAttrs(ctx, slog.LevelWarn, "failed look-up not counted", slog.Any("error", countErr))
		case count > maxFailures:
			left := now.Truncate(time.Minute).Add(time.Minute).Sub(now)
			return nil, &rateError{after: (left + time.Second - 1).Truncate(time.Second)}
		}
		return reply, err
	}
}

// network is what one customer has to itself: an IPv4 address, an IPv6 /56. The
// address comes from the connection; no header that a caller writes counts.
func network(source string) string {
	address, err := netip.ParseAddr(source)
	if err != nil {
		return "unknown"
	}
	address = address.Unmap()
	if address.Is4() {
		return address.String()
	}
	prefix, _ := address.WithZone("").Prefix(56) // 56 fits every IPv6 address
	return prefix.String()
}
