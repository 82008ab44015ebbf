package license

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/crockford"
)

// The sentences that people read.
func TestTypoTexts(t *testing.T) {
	tests := []struct {
		err  *TypoError
		want string
	}{
		{&TypoError{Group: 2, What: "is missing"}, "group 2 of the license key is missing"},
		{&TypoError{Group: 6, What: "is missing"}, "the character at the end of the license key is missing"},
		{&TypoError{What: "has four groups"}, "the license key has four groups"},
		{&TypoError{}, "a character of the license key is mistyped: compare each of its groups, 1 to 5, and the character at the end"},
		{&TypoError{Suspects: []int{4}}, "a character of the license key is mistyped: compare group 4 first"},
		{&TypoError{Suspects: []int{2, 4}}, "a character of the license key is mistyped: compare group 2 and group 4 first"},
		{&TypoError{Suspects: []int{1, 2, 6}}, "a character of the license key is mistyped: compare group 1, group 2 and the character at the end first"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("%+v says %q, want %q", tt.err, got, tt.want)
		}
	}
}

// manyKeys are 20 keys; one has each check symbol that is no symbol elsewhere.
func manyKeys() (keys []string) {
	keys = []string{
		sample, "CHARIOT-35C1W-9YYFK-PG1ZR-WWM5J-0HZ7M-*", "CHARIOT-7RF9C-ZMVF4-Z913W-ENT1W-EKDTK-~",
		"CHARIOT-XCF37-T583D-MQPXC-5BBVB-ZKDWQ-$", "CHARIOT-RVSTR-NWM99-9H946-D7682-T3VQE-=", "CHARIOT-BZPEP-SQZS1-QKHPA-JF1P6-TTBCF-U",
	}
	r := random()
	for len(keys) < 20 {
		var bits [16]byte
		fill(r, bits[:])
		keys = append(keys, NewKey(bits).Reveal())
	}
	return keys
}

// One wrong symbol is always found: every other symbol in every place.
func TestEverySubstitutionIsFound(t *testing.T) {
	for _, key := range manyKeys()[:8] {
		for at := len("CHARIOT-"); at < len(key); at++ {
			if key[at] == '-' && at != len(key)-1 {
				continue
			}
			for _, other := range []byte(crockford.Alphabet + "*~$=U") {
				typed := key[:at] + string(rune(other)) + key[at+1:]
				got, err := ParseKey(typed)
				if typed == key {
					continue
				}
				var typo *TypoError
				if !errors.As(err, &typo) || got != (Key{}) {
					t.Fatalf("ParseKey(%q) = %q, %v; want a typo", typed, got.Reveal(), err)
				}
				if group := groupAt(at); typo.Group != 0 && typo.Group != group {
					t.Fatalf("ParseKey(%q): %v; the slip is in group %d", typed, err, group)
				}
			}
		}
	}
}

func groupAt(at int) int { return (at-len("CHARIOT-"))/(groupSize+1) + 1 }

// slips are what people take for one another; the first of a pair was printed,
// the second typed.
var slips = strings.Fields("0D D0 0Q Q0 DO QO 8B B8 8b 3B B3 38 83 5S S5 5s 2Z Z2 2z 27 72 Z7 7Z 6G G6 6g 17 71 7I 7l VY YV MN NM CG GC EF FE PR RP KX XK 4A A4 9G G9 9g VU $S $5 S$")

// A likely slip is found, and its group is among the suspects, which are few. The
// bounds are what was measured: 2.13 suspects, of 6, on average.
func TestSuspects(t *testing.T) {
	slipped, told, suspected := 0, 0, 0
	check := func(key, typed string, groups ...int) {
		t.Helper()
		_, err := ParseKey(typed)
		var typo *TypoError
		if !errors.As(err, &typo) {
			t.Fatalf("ParseKey(%q) = %v; want a typo of %s", typed, err, key)
		}
		if typo.Group != 0 {
			told++
			if !slices.Contains(groups, typo.Group) {
				t.Errorf("ParseKey(%q): %v; %s was mistyped in group %d", typed, err, key, groups)
			}
			return
		}
		slipped++
		suspected += len(typo.Suspects)
		if !slices.ContainsFunc(groups, func(g int) bool { return slices.Contains(typo.Suspects, g) }) || !slices.IsSorted(typo.Suspects) {
			t.Errorf("ParseKey(%q): suspects %v; %s was mistyped in group %d", typed, typo.Suspects, key, groups)
		}
	}
	for _, key := range manyKeys() {
		for at := len("CHARIOT-"); at < len(key); at++ {
			for _, slip := range slips {
				if key[at] == slip[0] && !(groupAt(at) < 6 && slip[1] == '$') {
					check(key, key[:at]+slip[1:]+key[at+1:], groupAt(at))
				}
			}
			next := at + 1
			if next < len(key) && key[next] == '-' {
				next++
			}
			if next < len(key) && key[at] != '-' && key[at] != key[next] {
				swapped := []byte(key)
				swapped[at], swapped[next] = key[next], key[at]
				check(key, string(swapped), groupAt(at), groupAt(next))
			}
		}
	}
	average := float64(suspected) / float64(slipped)
	t.Logf("%d slips explained by the check symbol, %d by their form; %.2f suspects on average", slipped, told, average)
	if slipped < 500 || average > 2.2 {
		t.Errorf("%.2f suspects on average of %d slips; 2.13 were measured", average, slipped)
	}
}

// No message holds a group of the key.
func TestTyposHoldNoKey(t *testing.T) {
	for _, key := range manyKeys() {
		for group := 1; group <= 6; group++ {
			for _, text := range []string{"", "7", "77777", "U7777", "#", "777777"} {
				groups := strings.Split(key, "-")
				groups[group] = text
				_, err := ParseKey(strings.Join(groups, "-"))
				for _, part := range groups[1:6] {
					if said := fmt.Sprintf("%v %+v", err, err); len(part) > 1 && err != nil && strings.Contains(said, part) {
						t.Errorf("%q holds group %s", said, part)
					}
				}
			}
		}
	}
}
