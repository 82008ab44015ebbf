package license

import (
	"slices"
	"strings"
	"unicode"

	"github.com/cirruslink/chariot-license/shared/crockford"
)

// typo explains what follows "CHARIOT" in a key that does not verify.
func typo(tail string) *TypoError {
	groups := dashedGroups(tail)
	for i, group := range groups[:min(len(groups), keyGroups)] {
		if what := groupFault(group); what != "" {
			return &TypoError{Group: i + 1, What: what}
		}
	}
	switch {
	case len(groups) < keyGroups:
		return &TypoError{Group: len(groups) + 1, What: "is missing"}
	case len(groups) == keyGroups || groups[keyGroups] == "":
		return &TypoError{Group: keyGroups + 1, What: "is missing"}
	}
	if _, ok := crockford.CheckValue(groups[keyGroups][0]); !ok {
		return &TypoError{Group: keyGroups + 1, What: "is none that a license key has"}
	}
	return &TypoError{Suspects: suspects(strings.Join(groups[:keyGroups], ""), groups[keyGroups][0])}
}

// dashedGroups splits a tail at its dashes into at most six groups, without the
// white space that wrapping put into them. The last ends at white space.
func dashedGroups(tail string) []string {
	parts := strings.FieldsFunc(tail, isDash)
	var groups []string
	for _, part := range parts[:min(len(parts), keyGroups+1)] {
		group := strings.Join(strings.FieldsFunc(part, isBetween), "")
		if len(groups) == keyGroups || len(group) > groupSize && strings.ContainsFunc(strings.TrimSpace(part), unicode.IsSpace) {
			group, _, _ = strings.Cut(strings.TrimSpace(part), " ")
		}
		groups = append(groups, group)
	}
	return groups
}

// groupFault says what is certainly wrong with a group; empty if nothing is.
func groupFault(group string) string {
	for _, r := range group {
		if r > unicode.MaxASCII {
			return "has a character that no license key has"
		}
		if _, ok := crockford.Value(byte(r)); !ok {
			return "has a character that no license key has: " + string(r)
		}
	}
	switch {
	case len(group) < groupSize:
		return "is too short: it needs five characters"
	case len(group) > groupSize:
		return "is too long: it needs five characters"
	}
	return ""
}

// lookalikes are the symbols most often taken for one another.
var lookalikes = []string{"0DQ", "8B3", "5S", "2Z7", "6G", "17", "VY", "MN", "CG", "EF", "PR", "KX", "4A", "9G", "UV"}

// suspects returns the groups in which one common slip would make the check
// symbol right. One check symbol tells that there is a slip, not where: but of
// the likely slips, few explain it.
func suspects(symbols string, check byte) (groups []int) {
	blame := func(at int, slip []byte) {
		if group := at/groupSize + 1; verifies(string(slip), check) && !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	for at := range len(symbols) {
		for _, like := range lookalikes {
			if !strings.ContainsRune(like, rune(symbols[at])) {
				continue
			}
			for _, other := range []byte(like) {
				slip := []byte(symbols)
				slip[at] = other
				blame(at, slip)
			}
		}
		if at > 0 {
			slip := []byte(symbols)
			slip[at-1], slip[at] = slip[at], slip[at-1]
			blame(at, slip)
		}
	}
	return groups
}
