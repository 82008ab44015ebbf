package certificate

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"
)

var exampleBlock = regexp.MustCompile("(?s)(```[a-z]+ example:([a-z-]+)\n)(.*?)(```)")

// The worked example in FORMAT.md is what the code makes and accepts.
func TestFormatExample(t *testing.T) {
	blocks := exampleBlocks()
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	right := exampleBlock.ReplaceAllStringFunc(string(text), func(block string) string {
		part := exampleBlock.FindStringSubmatch(block)
		found++
		want, known := blocks[part[2]]
		if !known {
			t.Errorf("there is no %q in the example", part[2])
		}
		if !*update && strings.TrimSpace(part[3]) != want {
			t.Errorf("%s is\n%s\nwant\n%s", part[2], part[3], want)
		}
		return part[1] + want + "\n" + part[4]
	})
	if found != len(blocks) {
		t.Errorf("FORMAT.md shows %d parts of the example, want %d", found, len(blocks))
	}
	if *update {
		if err := os.WriteFile("FORMAT.md", []byte(right), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func exampleBlocks() map[string]string {
	d := newDraft()
	example(d)
	parts, err := split(d.cert.compact())
	if err != nil {
		panic(err)
	}
	return map[string]string{
		"root":           string(encode(d.roots[0])),
		"bundle-payload": d.bundle.payload,
		"bundle":         d.bundle.compact(),
		"header":         string(parts.header),
		"payload":        string(parts.payload),
		"signing-input":  parts.signed,
		"signature":      strings.ToUpper(hex.EncodeToString(parts.signature)),
		"certificate":    d.cert.compact(),
	}
}

func TestFormatStatesTheOrderOfTheCurve(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		fmt.Sprintf("n   = %X\n", curveOrder),
		fmt.Sprintf("n/2 = %X ", new(big.Int).Rsh(curveOrder, 1)),
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("FORMAT.md lacks %q", line)
		}
	}
}

// Every name that FORMAT.md gives a refusal is one of the vectors', and the
// other way round.
func TestFormatNamesEveryFailure(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| .* \\| `([a-z-]+)` \\|$").FindAllStringSubmatch(string(text), -1) {
		named[m[1]] = true
	}
	for name := range failures {
		if !named[name] {
			t.Errorf("FORMAT.md does not name %q", name)
		}
		delete(named, name)
	}
	delete(named, "replayed")
	for name := range named {
		t.Errorf("FORMAT.md names %q, which no error has", name)
	}
}
