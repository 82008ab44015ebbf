package license

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cirruslink/chariot-license/shared/crockford"
)

var (
	// ErrControlCharacter: the text holds a control character other than a line
	// break or a tab: it is not what it looks like, and is refused.
	ErrControlCharacter = errors.New("the text holds a control character")
	// ErrNoKey: the text holds nothing that looks like a license key.
	ErrNoKey = errors.New("no license key found: it begins with CHARIOT- and has five groups of five characters, then one more")
	// ErrTwoKeys: the text holds several license keys, and only a person knows
	// which one is meant.
	ErrTwoKeys = errors.New("the text holds two different license keys: paste the one that is meant")
)

// A TypoError says where a license key was mistyped.
type TypoError struct {
	// Group is the group that is certainly wrong, 1 to 5; 6 is the character at
	// the end. Zero: What is about the whole key, or, if that is empty, one of
	// the groups is wrong, and Suspects says where to look first.
	Group int
	// Suspects are the groups, 6 included, in which one common slip (8 for B, two
	// neighbors swapped, …) would explain the check symbol, in order.
	Suspects []int
	// What is wrong, as the rest of a sentence.
	What string
}

func (e *TypoError) Error() string {
	switch {
	case e.What != "" && e.Group == 0:
		return "the license key " + e.What
	case e.What != "":
		return groupName(e.Group) + " of the license key " + e.What
	case len(e.Suspects) == 0:
		return "a character of the license key is mistyped: compare each of its groups, 1 to 5, and the character at the end"
	}
	names := make([]string, len(e.Suspects))
	for i, group := range e.Suspects {
		names[i] = groupName(group)
	}
	last := len(names) - 1
	list := names[last]
	if last > 0 {
		list = strings.Join(names[:last], ", ") + " and " + list
	}
	return "a character of the license key is mistyped: compare " + list + " first"
}

func groupName(group int) string {
	if group > keyGroups {
		return "the character at the end"
	}
	return fmt.Sprintf("group %d", group)
}

// ParseKey finds the license key in what a person pasted: a whole license file
// or the key alone, in small letters, wrapped, quoted, with other dashes or
// none, the prefix left out. It refuses with ErrControlCharacter, ErrTwoKeys,
// ErrNoKey or *TypoError.
func ParseKey(text string) (Key, error) {
	if strings.ContainsFunc(text, forbidden) {
		return Key{}, ErrControlCharacter
	}
	text = strings.Map(asciiUpper, text)
	places := keyPlaces(text)
	switch keys := keysAt(places); len(keys) {
	case 0:
		if err := typo(places); err != nil {
			return Key{}, err
		}
		return Key{}, ErrNoKey
	case 1:
		return keys[0], nil
	}
	return Key{}, ErrTwoKeys
}

// keysAt returns the keys that stand at some places. Where there are several,
// the ones whose groups are set off as a key's count more than what only happens
// to agree with its check symbol.
func keysAt(places []place) []Key {
	var all, formed []Key
	for _, p := range places {
		symbols, check := collect(p.tail)
		if check == 0 || !verifies(symbols, check) || !p.isKey(symbols) {
			continue
		}
		key := keyOf(string(canonical(symbols)), canonicalCheck(check))
		if !slices.Contains(all, key) {
			all = append(all, key)
		}
		if p.likeness() == keyGroups && !slices.Contains(formed, key) {
			formed = append(formed, key)
		}
	}
	if len(formed) > 0 {
		return formed
	}
	return all
}

// forbidden reports control characters that no license file holds.
func forbidden(r rune) bool {
	return unicode.IsControl(r) && r != '\r' && r != '\n' && r != '\t'
}

func asciiUpper(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

// A place is where a license key may stand in a text, its prefix aside.
type place struct {
	tail string
	// groups is the front of tail as its writer set the groups off.
	groups []string
	// prefixed says that "CHARIOT" and a dash stand before.
	prefixed bool
	// alone says that the tail is 26 symbols and nothing else, the prefix left out.
	alone bool
}

// keyPlaces returns the whole text, should the prefix have been left out, and
// what follows each "CHARIOT".
func keyPlaces(text string) []place {
	alone := !strings.Contains(text, keyPrefix) && len(strings.Join(strings.FieldsFunc(text, isBetween), "")) == keySymbols+1
	places := []place{{tail: text, groups: groupsOf(text), alone: alone}}
	for {
		_, tail, found := strings.Cut(text, keyPrefix)
		if !found {
			return places
		}
		places = append(places, place{tail: tail, groups: groupsOf(tail), prefixed: startsWithDash(tail)})
		text = tail
	}
}

// isKey reports a place where symbols that agree with their check symbol are a
// key, and no sentence about Chariot: those are set off as words, and have no
// digits, while one key in ten thousand has none.
func (p place) isKey(symbols string) bool {
	return p.likeness() == keyGroups || (p.prefixed || p.alone) && strings.ContainsAny(symbols, "0123456789")
}

// likeness counts the groups that have the form of a key's.
func (p place) likeness() (count int) {
	for _, group := range p.groups[:min(len(p.groups), keyGroups)] {
		if groupFault(group) == "" {
			count++
		}
	}
	return count
}

func startsWithDash(text string) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return isBetween(r) && !isDash(r) })
	r, _ := utf8.DecodeRuneInString(text)
	return isDash(r)
}

// collect takes 25 symbols and the check symbol from the front of a text, past
// whatever may stand between them. check is 0 where the text ended, or went on
// with something else, before it.
func collect(text string) (symbols string, check byte) {
	var taken []byte
	for _, r := range text {
		if isBetween(r) {
			continue
		}
		if r > unicode.MaxASCII {
			break
		}
		if len(taken) == keySymbols {
			if _, ok := crockford.CheckValue(byte(r)); ok {
				return string(taken), byte(r)
			}
			break
		}
		if _, ok := crockford.Value(byte(r)); !ok {
			break
		}
		taken = append(taken, byte(r))
	}
	return string(taken), 0
}

func verifies(symbols string, check byte) bool {
	want, _ := crockford.CheckValue(crockford.Check(symbols))
	got, _ := crockford.CheckValue(check)
	return got == want
}

// canonicalCheck writes a check symbol the one way: O as 0, I and L as 1.
func canonicalCheck(check byte) byte {
	if value, ok := crockford.Value(check); ok {
		return crockford.Alphabet[value]
	}
	return check
}

// isBetween reports what mail programs, word processors and people put between
// the symbols of a key: white space, dashes, quote marks, invisible marks.
func isBetween(r rune) bool {
	if r <= unicode.MaxASCII {
		return r == '-' || r == '>' || unicode.IsSpace(r)
	}
	return unicode.IsSpace(r) || isDash(r) || unicode.Is(unicode.Cf, r)
}

func isDash(r rune) bool {
	return r == '-' || r >= '\u2010' && r <= '\u2015' || r == '\u2212' || r == '\u00ad' || r == '\ufe63' || r == '\uff0d'
}
