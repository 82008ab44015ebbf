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
)

// A TypoError says where a license key was mistyped.
type TypoError struct {
	// Group is the group that is certainly wrong, 1 to 5; 6 is the character at
	// the end. Zero: one of them is, and Suspects says where to look first.
	Group int
	// Suspects are the groups in which one common slip (8 for B, two neighbors
	// swapped, …) would explain the check symbol, in order.
	Suspects []int
	// What is wrong with Group, as the rest of a sentence.
	What string
}

func (e *TypoError) Error() string {
	switch {
	case e.Group > keyGroups:
		return "the character at the end of the license key " + e.What
	case e.Group > 0:
		return fmt.Sprintf("group %d of the license key %s", e.Group, e.What)
	case len(e.Suspects) == 0:
		return "a character of the license key is mistyped: compare each of its groups, 1 to 5, and the character at the end"
	}
	groups := strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Suspects), " ", ", "), "[]")
	return "a character of the license key is mistyped: compare group " + groups + " first"
}

// ParseKey finds the license key in what a person pasted: a whole license file
// or the key alone, in small letters, wrapped, quoted, with other dashes or
// none. It refuses with ErrControlCharacter, ErrNoKey or *TypoError.
func ParseKey(text string) (Key, error) {
	if strings.ContainsFunc(text, forbidden) {
		return Key{}, ErrControlCharacter
	}
	tails := keyTails(strings.Map(asciiUpper, text))
	for _, tail := range tails {
		symbols, check := collect(tail)
		if check != 0 && verifies(symbols, check) {
			return keyOf(symbols, canonicalCheck(check)), nil
		}
	}
	for _, tail := range slices.Backward(tails) {
		if startsWithDash(tail) {
			return Key{}, typo(tail)
		}
	}
	return Key{}, ErrNoKey
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

// keyTails returns what follows each "CHARIOT" that begins a key, and not a
// sentence about Chariot. A text that is nothing but the groups counts too.
func keyTails(text string) (tails []string) {
	if groupsAlone(text) {
		tails = append(tails, text)
	}
	for {
		_, tail, found := strings.Cut(text, keyPrefix)
		if !found {
			return tails
		}
		if startsWithDash(tail) || groupsFirst(tail) {
			tails = append(tails, tail)
		}
		text = tail
	}
}

func startsWithDash(text string) bool {
	text = strings.TrimLeftFunc(text, unicode.IsSpace)
	r, _ := utf8.DecodeRuneInString(text)
	return isDash(r)
}

// groupsFirst reports five groups set off by spaces, or run together, at the
// front of a text.
func groupsFirst(text string) bool {
	words := strings.Fields(text)
	if len(words) > 0 && len(words[0]) > keySymbols {
		return true
	}
	return len(words) > keyGroups &&
		!slices.ContainsFunc(words[:keyGroups], func(w string) bool { return len(w) != groupSize })
}

// groupsAlone reports a text of five groups and a check symbol, the prefix left out.
func groupsAlone(text string) bool {
	return len(strings.Join(strings.FieldsFunc(text, isBetween), "")) == keySymbols+1
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
		value, ok := crockford.Value(byte(r))
		if !ok {
			break
		}
		taken = append(taken, crockford.Alphabet[value])
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
	return unicode.IsSpace(r) || isDash(r) || r == '>' || r == '\u200b' || r == '\u200c' ||
		r == '\u200d' || r == '\u2060' || r == '\ufeff'
}

func isDash(r rune) bool {
	return r == '-' || r >= '\u2010' && r <= '\u2015' || r == '\u2212' || r == '\u00ad' || r == '\ufe63' || r == '\uff0d'
}
