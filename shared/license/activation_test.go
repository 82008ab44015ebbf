package license

import (
	"math"
	"reflect"
	"slices"
	"testing"
	"time"
)

var (
	clock    = noon.UnixMilli()
	dayAhead = clock + 24*60*60*1000
)

func was(state ActivationState, sequence int64) *Activation {
	return &Activation{Fingerprint: "f", State: state, ID: "act_1", Sequence: sequence}
}

// Each row is a sentence of DESIGN 5, Activate, about sequences.
func TestOpenSequence(t *testing.T) {
	tests := []struct {
		name     string
		before   *Activation
		sequence *int64
		want     int64
		err      error
	}{
		{"an unknown machine opens with its own sequence", nil, seq(5), 5, nil},
		{"an unknown machine may begin at 0", nil, seq(0), 0, nil},
		{"absent means the server's clock", nil, nil, clock, nil},

		{"a closed one opens above its sequence", was(Closed, 5), seq(6), 6, nil},
		{"a closed one does not open at its sequence", was(Closed, 5), seq(5), 0, &SupersededError{Sequence: 5}},
		{"a closed one does not open below", was(Closed, 5), seq(4), 0, &SupersededError{Sequence: 5}},
		{"a closed one opens by the clock if that is above", was(Closed, clock-1), nil, clock, nil},
		{"a closed one does not open by a clock that is equal", was(Closed, clock), nil, 0, &SupersededError{Sequence: clock}},
		{"a closed one does not open by a clock that is below", was(Closed, clock+1), nil, 0, &SupersededError{Sequence: clock + 1}},

		{"a released one does not open without a sequence", was(Released, 5), nil, 0, &ReleasedError{Sequence: 5}},
		{"a released one does not open at its sequence", was(Released, 5), seq(5), 0, &ReleasedError{Sequence: 5}},
		{"a released one does not open below", was(Released, 5), seq(4), 0, &ReleasedError{Sequence: 5}},
		{"a released one opens with an explicit sequence above", was(Released, 5), seq(6), 6, nil},
		{"a released one is not opened by a clock above it", was(Released, clock-1), nil, 0, &ReleasedError{Sequence: clock - 1}},

		{"a day ahead is the most that counts", nil, seq(dayAhead), dayAhead, nil},
		{"a millisecond more is superseded, by the clock", nil, seq(dayAhead + 1), 0, &SupersededError{Sequence: clock}},
		{"the highest number is superseded likewise", nil, seq(math.MaxInt64), 0, &SupersededError{Sequence: clock}},
		{"a closed one is superseded by what it has if that is above the clock", was(Closed, clock+9), seq(dayAhead + 1), 0, &SupersededError{Sequence: clock + 9}},
		{"a closed one is superseded by the clock if that is above", was(Closed, 5), seq(dayAhead + 1), 0, &SupersededError{Sequence: clock}},
		{"a released one is superseded likewise", was(Released, 5), seq(dayAhead + 1), 0, &SupersededError{Sequence: clock}},
		{"a closed one opens a day ahead", was(Closed, 5), seq(dayAhead), dayAhead, nil},
		{"a sequence of more than a day ahead that is stored is no way around it", was(Released, dayAhead+5), seq(dayAhead + 1), 0, &ReleasedError{Sequence: dayAhead + 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := OpenSequence(tt.before, tt.sequence, noon)
			if got != tt.want || !reflect.DeepEqual(err, tt.err) {
				t.Errorf("OpenSequence = %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	tests := []struct {
		name     string
		license  *License
		before   *Activation
		sequence *int64
		want     int64
		err      error
	}{
		{"the first seat", online(seated(0, 1)), nil, seq(5), 5, nil},
		{"the last seat", online(seated(1, 2)), nil, seq(5), 5, nil},
		{"no seat is left", online(seated(2, 2)), nil, seq(5), 0, &SeatsTakenError{Seats: 2}},
		{"seats were lowered below used", online(seated(3, 2)), nil, seq(5), 0, &SeatsTakenError{Seats: 2}},
		{"a machine that was here before needs a seat like any other", online(seated(2, 2)), was(Closed, 5), seq(6), 0, &SeatsTakenError{Seats: 2}},
		{"superseded comes before seats", online(seated(2, 2)), was(Closed, 5), seq(5), 0, &SupersededError{Sequence: 5}},
		{"released comes before seats", online(seated(2, 2)), was(Released, 5), nil, 0, &ReleasedError{Sequence: 5}},
		{"a released machine that a person activates needs a free seat", online(seated(2, 2)), was(Released, 5), seq(6), 0, &SeatsTakenError{Seats: 2}},
		{"too far ahead comes before seats", online(seated(2, 2)), nil, seq(dayAhead + 1), 0, &SupersededError{Sequence: clock}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := *tt.license
			got, err := tt.license.Open(tt.before, tt.sequence, noon)
			if got != tt.want || !reflect.DeepEqual(err, tt.err) {
				t.Errorf("Open = %d, %v; want %d, %v", got, err, tt.want, tt.err)
			}
			if !reflect.DeepEqual(*tt.license, before) {
				t.Error("Open changed the license")
			}
		})
	}
}

// A closing stores the highest of the stored sequence and its own, or the clock.
func TestClose(t *testing.T) {
	tests := []struct {
		name     string
		stored   int64
		sequence *int64
		want     int64
	}{
		{"its own is above", 5, seq(6), 6},
		{"its own is equal", 5, seq(5), 5},
		{"its own is below: a late one does not lower it", 5, seq(4), 5},
		{"none of its own: the clock", 5, nil, clock},
		{"none of its own, and the clock is behind", clock + 9, nil, clock + 9},
		{"a day ahead", 5, seq(dayAhead), dayAhead},
		{"more counts as a day ahead", 5, seq(dayAhead + 1), dayAhead},
		{"the highest number counts as a day ahead", 5, seq(math.MaxInt64), dayAhead},
		{"what is stored further ahead stays", dayAhead + 7, seq(dayAhead + 9), dayAhead + 7},
	}
	for _, tt := range tests {
		for _, state := range []ActivationState{Closed, Released} {
			t.Run(string(state)+" "+tt.name, func(t *testing.T) {
				before := Activation{
					Fingerprint: "f", State: Holding, ID: "act_1", Sequence: tt.stored, ActivatedAt: noon.Add(-time.Hour),
					Machine: Machine{Hostname: "h", Version: "v"}, Certificate: Signed{KeyID: "k"}, Moved: Move{ID: "act_0", To: "g", ToID: "act_0"}, Held: []ActivationID{"act_9"},
				}
				want := before
				want.State, want.Sequence, want.ClosedAt = state, tt.want, noon
				if got := before.Close(state, tt.sequence, noon); !reflect.DeepEqual(got, want) {
					t.Errorf("Close = %+v, want %+v", got, want)
				}
				if before.State != Holding || before.Sequence != tt.stored {
					t.Error("Close changed what it was called on")
				}
			})
		}
	}
}

// Times are stored in whole seconds, sequences in milliseconds.
func TestCloseKeepsTheMillisecondsOfTheSequence(t *testing.T) {
	got := was(Holding, 5).Close(Closed, nil, noon.Add(999*time.Millisecond))
	if !got.ClosedAt.Equal(noon) || got.Sequence != clock+999 {
		t.Errorf("closed at %v with sequence %d, want %v and %d", got.ClosedAt, got.Sequence, noon, clock+999)
	}
}

// Whatever closed it, the request that opened it, and any older one, does not
// open it again.
func TestNoOldRequestOpensWhatIsClosed(t *testing.T) {
	for _, opened := range []int64{0, 5, clock - 1, clock, dayAhead} {
		for _, closing := range []*int64{nil, seq(0), seq(opened), seq(opened + 1), seq(math.MaxInt64)} {
			for _, state := range []ActivationState{Closed, Released} {
				a := was(Holding, opened).Close(state, closing, noon)
				for _, late := range []int64{0, opened - 1, opened} {
					if got, err := OpenSequence(&a, &late, noon); err == nil {
						t.Errorf("opened at %d, closed to %d: %d opens it again, at %d", opened, a.Sequence, late, got)
					}
				}
			}
		}
	}
}

func TestHolds(t *testing.T) {
	var unknown *Activation
	if unknown.Holds() || was(Closed, 1).Holds() || was(Released, 1).Holds() || !was(Holding, 1).Holds() {
		t.Error("only an active activation holds a seat")
	}
}

func TestKnew(t *testing.T) {
	const plant, other ID = "lic_1", "lic_2"
	const a, b, c Fingerprint = "aaaa", "bbbb", "cccc"
	older, newer := NewActivationID(plant, a, [17]byte{1}), NewActivationID(plant, a, [17]byte{2})
	machine := &Activation{Fingerprint: a, ID: newer}
	moved := &Activation{Fingerprint: b, ID: newer}
	since := &Activation{Fingerprint: b, ID: NewActivationID(plant, b, [17]byte{9}), Held: []ActivationID{older, newer}}
	tests := []struct {
		name       string
		activation *Activation
		license    ID
		id         ActivationID
		want       bool
	}{
		{"its own", machine, plant, newer, true},
		{"an older one of this machine", machine, plant, older, true},
		{"another machine's", machine, plant, NewActivationID(plant, b, [17]byte{1}), false},
		{"this machine's in another license", machine, plant, NewActivationID(other, a, [17]byte{1}), false},
		{"none", machine, plant, "", false},
		{"cut short", machine, plant, older[:len(older)-1], false},
		{"its symbols changed", machine, plant, "act_" + "Z" + older[5:], false},
		{"the ID that a move brought along", moved, plant, newer, true},
		{"an older one of the machine that moved here is that machine's", moved, plant, older, false},
		{"its own from before the move", moved, plant, NewActivationID(plant, b, [17]byte{3}), true},
		{"a third machine's after the move", moved, plant, NewActivationID(plant, c, [17]byte{1}), false},
		{"what a move brought along and was given back", since, plant, newer, true},
		{"what an earlier move brought along", since, plant, older, true},
		{"the other machine's third one", since, plant, NewActivationID(plant, a, [17]byte{3}), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.activation.Knew(tt.license, tt.id); got != tt.want {
				t.Errorf("Knew(%s) = %t, want %t", tt.id, got, tt.want)
			}
		})
	}
}

func TestPast(t *testing.T) {
	const plant ID = "lic_1"
	const a Fingerprint = "aaaa"
	own, foreign := NewActivationID(plant, a, [17]byte{1}), NewActivationID(plant, "bbbb", [17]byte{1})
	tests := []struct {
		name   string
		before *Activation
		want   []ActivationID
	}{
		{"an unknown machine has none", nil, nil},
		{"an own ID is recognized without memory", &Activation{Fingerprint: a, ID: own}, nil},
		{"an ID that a move brought is remembered", &Activation{Fingerprint: a, ID: foreign}, []ActivationID{foreign}},
		{"after the ones before", &Activation{Fingerprint: a, ID: foreign, Held: []ActivationID{"1", "2"}}, []ActivationID{"1", "2", foreign}},
		{"once", &Activation{Fingerprint: a, ID: foreign, Held: []ActivationID{foreign, "2"}}, []ActivationID{foreign, "2"}},
		{"an own ID leaves the others remembered", &Activation{Fingerprint: a, ID: own, Held: []ActivationID{"1"}}, []ActivationID{"1"}},
		{"four are remembered", &Activation{Fingerprint: a, ID: foreign, Held: []ActivationID{"1", "2", "3"}}, []ActivationID{"1", "2", "3", foreign}},
		{"of five, the last four", &Activation{Fingerprint: a, ID: foreign, Held: []ActivationID{"1", "2", "3", "4"}}, []ActivationID{"2", "3", "4", foreign}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.before.Past(plant); !slices.Equal(got, tt.want) {
				t.Errorf("Past = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFollow(t *testing.T) {
	move := Move{ID: "act_1", To: "b", ToID: "act_2"}
	tests := []struct {
		name   string
		before *Activation
		id     ActivationID
		want   *Move
	}{
		{"an unknown machine has gone nowhere", nil, "act_1", nil},
		{"one that never moved neither", &Activation{State: Closed, ID: "act_1"}, "act_1", nil},
		{"one that never moved, asked for no ID", &Activation{State: Closed}, "", nil},
		{"what moved is followed", &Activation{State: Closed, ID: "act_1", Moved: move}, "act_1", &move},
		{"another ID is not", &Activation{State: Closed, ID: "act_1", Moved: move}, "act_3", nil},
		{"what moved is followed though the machine has a new seat", &Activation{State: Holding, ID: "act_3", Moved: move}, "act_1", &move},
		{"what came back is here", &Activation{State: Holding, ID: "act_1", Moved: move}, "act_1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.before.Follow(tt.id); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Follow(%s) = %+v, want %+v", tt.id, got, tt.want)
			}
		})
	}
}

func TestPrecedes(t *testing.T) {
	tests := []struct {
		name     string
		sequence *int64
		want     error
	}{
		{"older than what opened it", seq(4), &SupersededError{Sequence: 5}},
		{"of the same intent", seq(5), nil},
		{"newer", seq(6), nil},
		{"without a sequence", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := was(Holding, 5).Precedes(tt.sequence); !reflect.DeepEqual(err, tt.want) {
				t.Errorf("Precedes = %v, want %v", err, tt.want)
			}
		})
	}
}
