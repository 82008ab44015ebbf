package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// tally counts failures in memory.
type tally struct {
	counts map[string]int64
	err    error
}

func (c *tally) Count(_ context.Context, network string, at time.Time) (int64, error) {
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	minute := network + at.UTC().Format(" 15:04")
	c.counts[minute]++
	return c.counts[minute], c.err
}

// A turnstile is the activate route behind a limiter.
type turnstile struct {
	*door
	plant *plant
	tally *tally
	now   time.Time
	log   bytes.Buffer
}

func newTurnstile() *turnstile {
	s := &turnstile{plant: &plant{err: license.ErrNotFound}, tally: &tally{}, now: today}
	s.door = newDoor(Activate(s.plant, &Limiter{Failed: s.tally, Now: func() time.Time { return s.now }, Log: slog.New(slog.NewJSONHandler(&s.log, nil))}))
	return s
}

func (s *turnstile) from(t *testing.T, address string, with ...func(*Request)) *outcome {
	t.Helper()
	return s.send(t, activateRoute, good(""), append([]func(*Request){func(r *Request) { r.RequestContext.HTTP.SourceIP = address }}, with...)...)
}

func TestSixtyFailuresPass(t *testing.T) {
	s := newTurnstile()
	for i := 1; i <= 60; i++ {
		if got := s.from(t, "192.0.2.7"); got.code() != "license-not-found" {
			t.Fatalf("failure %d: %s", i, got.Body)
		}
	}
	for i := 61; i <= 70; i++ {
		got := s.from(t, "192.0.2.7")
		if got.StatusCode != 429 || got.code() != "rate-limited" || got.Headers["retry-after"] != "60" {
			t.Fatalf("failure %d: %s, %v", i, got.Body, got.Headers)
		}
	}
	if got := s.from(t, "192.0.2.8"); got.code() != "license-not-found" {
		t.Errorf("another address: %s", got.Body)
	}
	s.plant.err = nil
	if got := s.from(t, "192.0.2.7"); got.StatusCode != 200 {
		t.Errorf("a valid key from the same address: %s", got.Body)
	}
	for _, refusal := range []error{license.ErrRevoked, license.ErrActivationNotFound, &license.SeatsTakenError{Seats: 1}, license.ErrUnavailable} {
		s.plant.err = refusal
		if got := s.from(t, "192.0.2.7"); got.StatusCode == 429 {
			t.Errorf("%v is no failed look-up, and was refused: %s", refusal, got.Body)
		}
	}
	s.plant.err, s.now = license.ErrNotFound, s.now.Add(time.Minute)
	if got := s.from(t, "192.0.2.7"); got.code() != "license-not-found" {
		t.Errorf("in the next minute: %s", got.Body)
	}
}

// Only failed look-ups count.
func TestWhatIsCounted(t *testing.T) {
	tests := []struct {
		name string
		body string
		err  error
		want int64
	}{
		{"an unknown key", good(""), license.ErrNotFound, 1},
		{"an unknown key, wrapped", good(""), fmt.Errorf("reading: %w", license.ErrNotFound), 1},
		{"a valid key", good(""), nil, 0},
		{"no seat", good(""), &license.SeatsTakenError{Seats: 1}, 0},
		{"no such activation", good(""), license.ErrActivationNotFound, 0},
		{"a store out of order", good(""), license.ErrUnavailable, 0},
		{"a malformed body", "{", license.ErrNotFound, 0},
		{"no key at all", "{}", license.ErrNotFound, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTurnstile()
			s.plant.err = tt.err
			s.send(t, activateRoute, tt.body)
			if got := s.tally.counts["192.0.2.7 12:00"]; got != tt.want {
				t.Errorf("counted %d, want %d", got, tt.want)
			}
		})
	}
}

func TestRetryAfterEndsWithTheMinute(t *testing.T) {
	tests := []struct {
		into time.Duration
		want string
	}{
		{0, "60"}, {1, "60"}, {time.Second, "59"}, {time.Second + 1, "59"}, {30 * time.Second, "30"},
		{59 * time.Second, "1"}, {59*time.Second + 1, "1"}, {time.Minute - 1, "1"},
	}
	for _, tt := range tests {
		s := newTurnstile()
		s.tally.counts = map[string]int64{"192.0.2.7 12:00": 60}
		s.now = today.Add(tt.into)
		if got := s.from(t, "192.0.2.7"); got.StatusCode != 429 || got.Headers["retry-after"] != tt.want {
			t.Errorf("%v into the minute: %d, Retry-After %q, want %q", tt.into, got.StatusCode, got.Headers["retry-after"], tt.want)
		}
	}
}

func TestNetwork(t *testing.T) {
	tests := []struct {
		name, source, want string
	}{
		{"an IPv4 address is a network", "192.0.2.7", "192.0.2.7"},
		{"its neighbor is another", "192.0.2.8", "192.0.2.8"},
		{"IPv4 written as IPv6", "::ffff:192.0.2.7", "192.0.2.7"},
		{"IPv4 written as IPv6, in hexadecimal", "::ffff:c000:207", "192.0.2.7"},
		{"an IPv6 /56", "2001:db8:0:12ff:1:2:3:4", "2001:db8:0:1200::/56"},
		{"another address of it", "2001:db8:0:1234::", "2001:db8:0:1200::/56"},
		{"the next /56", "2001:db8:0:1300::", "2001:db8:0:1300::/56"},
		{"in capitals and full", "2001:0DB8:0000:12FF:0000:0000:0000:0001", "2001:db8:0:1200::/56"},
		{"with a zone", "fe80::1%eth0", "fe80::/56"},
		{"nothing", "", "unknown"},
		{"a name", "localhost", "unknown"},
		{"with a port", "192.0.2.7:443", "unknown"},
		{"a list", "192.0.2.7, 192.0.2.8", "unknown"},
		{"with a leading zero", "192.0.2.07", "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := network(tt.source); got != tt.want {
				t.Errorf("network(%q) = %q, want %q", tt.source, got, tt.want)
			}
		})
	}
}

// No header that a caller writes makes a network of its own.
func TestHeadersAreNoAddress(t *testing.T) {
	s := newTurnstile()
	for i := range 61 {
		s.from(t, "192.0.2.7", func(r *Request) {
			for _, name := range []string{"x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"} {
				r.Headers[name] = fmt.Sprintf("198.51.100.%d", i)
			}
		})
	}
	if got := s.from(t, "192.0.2.7"); got.StatusCode != 429 || len(s.tally.counts) != 1 {
		t.Errorf("%d, and %v", got.StatusCode, s.tally.counts)
	}
}

// A counter that is out of order refuses nobody, and says so.
func TestCounterFailsOpen(t *testing.T) {
	s := newTurnstile()
	s.tally.counts, s.tally.err = map[string]int64{"192.0.2.7 12:00": 1000}, errors.New("no capacity")
	if got := s.from(t, "192.0.2.7"); got.code() != "license-not-found" {
		t.Errorf("answered %s", got.Body)
	}
	if line := s.log.String(); !strings.Contains(line, `"level":"WARN"`) || !strings.Contains(line, "no capacity") || strings.Contains(line, "192.0.2.7") {
		t.Errorf("logged %s", line)
	}
}
