package license

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cirruslink/chariot-license/shared/crockford"
)

// typo explains what is wrong at the place that looks most like a key's; nil if
// none does. Of two alike it takes the later: in a license file the key comes last.
func typo(places []place) error {
	best, likeness := -1, 0
	for i, p := range places {
		enough := keyGroups - 1
		if p.begins() {
			enough = 1
		}
		if count := p.likeness(); count >= max(enough, likeness) {
			best, likeness = i, count
		}
	}
	if best < 0 {
		return nil
	}
	return groupsTypo(places[best].groups)
}

// begins reports a place that a dash joins to "CHARIOT": not "Chariot - the server".
func (p place) begins() bool {
	dash, size := utf8.DecodeRuneInString(p.tail)
	next, _ := utf8.DecodeRuneInString(p.tail[size:])
	return p.prefixed && isDash(dash) && !isBetween(next)
}

// groupsTypo explains groups that are no key.
func groupsTypo(groups []string) *TypoError {
	if len(groups) == keyGroups && len(groups[keyGroups-1]) == 1 {
		return &TypoError{What: "has four groups before the character at the end: it needs five"}
	}
	for i, group := range groups[:min(len(groups), keyGroups)] {
		if what := groupFault(group); what != "" {
			return &TypoError{Group: i + 1, What: what}
		}
	}
	if len(groups) <= keyGroups {
		return &TypoError{Group: len(groups) + 1, What: "is missing"}
	}
	check, _ := utf8.DecodeRuneInString(groups[keyGroups])
	if _, ok := crockford.CheckValue(ascii(check)); !ok {
		return &TypoError{Group: keyGroups + 1, What: "is none that a license key has"}
	}
	return &TypoError{Suspects: suspects(strings.Join(groups[:keyGroups], ""), byte(check))}
}

// maxFront is how many bytes of a text are looked at for groups: enough for a key
// that was quoted and wrapped, little where a text is made to waste our time.
const maxFront = 256

// groupsOf splits the front of a text into up to five groups and a check symbol:
// at dashes if its writer used them, else at white space, else every five
// symbols. A group that was wrapped is put together again. Where dashes set
// groups off, what follows without one is no part of the key.
func groupsOf(text string) (groups []string) {
	words := wordsOf(strings.ToValidUTF8(text[:min(len(text), maxFront)], "")) // no half a character
	if len(words) > 0 && isRunTogether(words[0].text) {
		return runTogether(words[0].text)
	}
	dashes := slices.ContainsFunc(words[min(1, len(words)):min(3, len(words))], func(w word) bool { return w.dashed })
	for i, w := range words {
		last := len(groups) - 1
		goesOn := !dashes || i+1 == len(words) || words[i+1].dashed || words[i+1].wrapped
		switch {
		case i > 0 && w.wrapped && goesOn && utf8.RuneCountInString(groups[last]+w.text) <= groupSize:
			groups[last] += w.text
		case i > 0 && dashes && !w.dashed:
			return groups
		default:
			groups = append(groups, w.text)
		}
		if len(groups) > keyGroups {
			return groups
		}
	}
	return groups
}

// isRunTogether reports 26 symbols that nothing sets off, perhaps with a mark of
// punctuation at the end.
func isRunTogether(word string) bool {
	symbols := strings.TrimRightFunc(word, func(r rune) bool { return unicode.IsPunct(r) && r != '*' })
	return len(symbols) == keySymbols+1 && utf8.RuneCountInString(symbols) == len(symbols)
}

func runTogether(symbols string) (groups []string) {
	for i := 0; i < keySymbols; i += groupSize {
		groups = append(groups, symbols[i:i+groupSize])
	}
	return append(groups, symbols[keySymbols:])
}

// A word is what stands between two runs of what isBetween reports.
type word struct {
	text string
	// dashed says that a dash stands before; wrapped that nothing does but one
	// line break or invisible marks.
	dashed, wrapped bool
}

func wordsOf(text string) (words []word) {
	for {
		start := strings.IndexFunc(text, func(r rune) bool { return !isBetween(r) })
		if start < 0 {
			return words
		}
		gap, rest := text[:start], text[start:]
		end := strings.IndexFunc(rest, isBetween)
		if end < 0 {
			end = len(rest)
		}
		dashed := strings.ContainsFunc(gap, isDash)
		words = append(words, word{
			text: rest[:end], dashed: dashed,
			wrapped: !dashed && (strings.Count(gap, "\n") == 1 || !strings.ContainsFunc(gap, unicode.IsSpace)),
		})
		text = rest[end:]
	}
}

// groupFault says what is certainly wrong with a group; empty if nothing is.
func groupFault(group string) string {
	for _, r := range group {
		switch _, ok := crockford.Value(ascii(r)); {
		case ok:
		case r == 'U':
			return "has the letter U, which no license key has there: it may be a V"
		case unicode.IsPrint(r):
			return "has a character that no license key has: " + string(r)
		default:
			return "has a character that no license key has"
		}
	}
	switch length := utf8.RuneCountInString(group); {
	case length < groupSize:
		return fmt.Sprintf("has only %d of its %d characters", length, groupSize)
	case length > groupSize:
		return fmt.Sprintf("has %d characters: it needs %d", length, groupSize)
	}
	return ""
}

// ascii is r as a byte; 0, which is no symbol, where it has none.
func ascii(r rune) byte {
	if r > unicode.MaxASCII {
		return 0
	}
	return byte(r)
}

// lookalikes are the symbols most often taken for one another.
var lookalikes = []string{"0DQ", "8B3", "5S$", "2Z7", "6G", "17", "VYU", "MN", "CG", "EF", "PR", "KX", "4A", "9G"}

// suspects returns the groups in which one common slip would make the check
// symbol right. One check symbol tells that there is a slip, not where: but of
// the likely slips, few explain it.
func suspects(typed string, check byte) (groups []int) {
	blame := func(at int, slip []byte) {
		group := at/groupSize + 1
		_, ok := crockford.Value(slip[min(at, keySymbols-1)])
		if ok && !slices.Contains(groups, group) && verifies(string(slip[:keySymbols]), slip[keySymbols]) {
			groups = append(groups, group)
		}
	}
	symbols := canonical(typed + string(rune(check)))
	for at := range symbols {
		for _, like := range lookalikes {
			if !slices.Contains([]byte(like), symbols[at]) {
				continue
			}
			for _, other := range []byte(like) {
				slip := slices.Clone(symbols)
				slip[at] = other
				blame(at, slip)
			}
		}
		if at > 0 {
			slip := slices.Clone(symbols)
			slip[at-1], slip[at] = slip[at], slip[at-1]
			blame(at, slip)
		}
	}
	return groups
}

// canonical writes symbols the one way: O as 0, I and L as 1.
func canonical(symbols string) []byte {
	out := []byte(symbols)
	for i := range out {
		out[i] = canonicalCheck(out[i])
	}
	return out
}
