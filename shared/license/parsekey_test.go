package license

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	sample = "CHARIOT-1VEM9-9JS35-41CY0-3MA30-N0WJ9-W"
	second = "CHARIOT-000G4-0R40M-30E20-9185G-R38E1-Q"
)

// sampleKey is the key of the text sample, made without ParseKey.
func sampleKey() Key { return keyOf("1VEM99JS3541CY03MA30N0WJ9", 'W') }

func sampleFile() string {
	return File(&License{
		ID: sampleKey().ID(), Deployment: Online, Seats: 5, CreatedAt: noon,
		Features: []Feature{{Name: "mqtt-server"}, {Name: "mqtt-server-support", Until: noon}},
	}, sampleKey())
}

func replaced(old, replacement string) string { return strings.ReplaceAll(sample, old, replacement) }

// Pasted badly, and found all the same.
func TestParseKeyFinds(t *testing.T) {
	quoted := "> " + strings.ReplaceAll(sampleFile(), "\n", "\n> ")
	tests := []struct {
		name string
		text string
	}{
		{"as it was written", sample},
		{"with white space around", "\r\n\t " + sample + " \r\n"},
		{"a whole file", sampleFile()},
		{"a whole file with CRLF", strings.ReplaceAll(sampleFile(), "\n", "\r\n")},
		{"a whole file with a byte order mark", "\ufeff" + sampleFile()},
		{"a whole file in small letters", strings.ToLower(sampleFile())},
		{"a whole file, quoted", quoted},
		{"a whole file, quoted twice", "> " + strings.ReplaceAll(quoted, "\n", "\n> ")},
		{"a whole file, its lines run together", strings.ReplaceAll(sampleFile(), "\n", " ")},
		{"a file twice", sampleFile() + sampleFile()},

		{"in small letters", strings.ToLower(sample)},
		{"spaces for dashes", replaced("-", " ")},
		{"spaces for dashes, but the first", "CHARIOT-" + strings.ReplaceAll(sample[8:], "-", " ")},
		{"spaces around dashes", replaced("-", " - ")},
		{"tabs for dashes", replaced("-", "\t")},
		{"lines for dashes", replaced("-", "\n")},
		{"no separators", replaced("-", "")},
		{"no separators, and a full stop", replaced("-", "") + "."},
		{"no separators, but the first", "CHARIOT-" + strings.ReplaceAll(sample[8:], "-", "")},
		{"dashes in other places", "CHARIOT-1V-EM99-JS35-41CY03-MA30-N0WJ9W"},
		{"two dashes", replaced("-", "--")},
		{"hyphens", replaced("-", "\u2010")},
		{"non-breaking hyphens", replaced("-", "\u2011")},
		{"figure dashes", replaced("-", "\u2012")},
		{"en dashes", replaced("-", "–")},
		{"em dashes", replaced("-", "—")},
		{"minus signs", replaced("-", "−")},
		{"soft hyphens", replaced("-", "\u00ad")},
		{"small hyphens", replaced("-", "\ufe63")},
		{"full-width hyphens", replaced("-", "\uff0d")},
		{"spaces that do not break", replaced("-", "\u00a0")},
		{"dashes among spaces that do not break", replaced("-", "\u00a0-\u00a0")},
		{"zero-width spaces after the dashes", replaced("-", "-\u200b")},
		{"zero-width marks inside", "CHARIOT\u200c-1V\u200dEM9\u2060-9JS35-41CY0-3MA30-N0WJ9\ufeff-\u200bW"},
		{"a mark of direction in front", "\u200e" + sample},
		{"marks of direction inside", "\u202a" + replaced("-", "-\u200e") + "\u202c"},

		{"wrapped after a dash", replaced("41CY0-", "41CY0-\n")},
		{"wrapped before a dash", replaced("-41CY0", "\r\n-41CY0")},
		{"wrapped in a group", replaced("41CY0", "41C\nY0")},
		{"wrapped in a group, and quoted", "> " + replaced("41CY0", "41C\r\n> Y0")},
		{"wrapped before the check symbol", replaced("-W", "-\r\n> W")},
		{"wrapped after every symbol", strings.Join(strings.Split(sample[7:], ""), "\n")},
		{"wrapped after the prefix", "CHARIOT\n" + sample[7:]},

		{"the prefix left out", sample[8:]},
		{"the prefix left out, in small letters with spaces", strings.ToLower(strings.ReplaceAll(sample[8:], "-", " "))},
		{"the prefix left out, no separators", strings.ReplaceAll(sample[8:], "-", "")},
		{"the prefix left out, with text after it", sample[8:] + " is what the mail says"},
		{"the prefix left out, wrapped", "1VEM9-9JS35-41CY0-3M\nA30-N0WJ9-W\n"},

		{"I for 1", "CHARIOT-IVEM9-9JS35-4ICY0-3MA30-N0WJ9-W"},
		{"small l for 1, small o for 0", "CHARIOT-lVEM9-9JS35-4lCYo-3MA3o-NoWJ9-W"},
		{"O for 0", replaced("0", "O")},

		{"text before", "Dear customer, your key is " + sample},
		{"text before and after", "Use " + sample + ", and keep it to yourself."},
		{"in quotation marks", "“" + sample + "”"},
		{"in a sentence about Chariot", "Chariot - the server - wants a key. Chariot’s key: " + sample + ". Chariot – made by us."},
		{"after an address", "Write to chariot-support@example.com.\n" + sample + "\nchariot-support@example.com"},
		{"in the name of a file, and in the file", "chariot-license.txt:\n" + sampleFile()},
		{"bold in Markdown", "**" + sample + "**"},
		{"code in Markdown", "```\n" + sample + "\n```"},
		{"in HTML", "<p>Your key:<br>\r\n<b>" + sample + "</b><br></p>"},
		{"in HTML, with entities around", "Your&nbsp;key:&nbsp;" + sample + "&nbsp;"},
		{"in JSON", `{"licenseKey":"` + sample + `"}`},
		{"in a text with bytes that are no UTF-8", "\xff\xfe" + sample + "\xff"},
		{"directly after another word", "KEY" + sample},
		{"twice, in two writings", sample + "\n" + strings.ToLower(replaced("-", " "))},
		{"after one with a typo", replaced("-W", "-X") + "\n" + sample},
		{"before one with a typo", sample + "\n" + replaced("-W", "-X")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ParseKey(tt.text); err != nil || got != sampleKey() {
				t.Errorf("ParseKey(%q) = %q, %v; want %s", tt.text, got.Reveal(), err, sample)
			}
		})
	}
}

// Every check symbol that is no symbol elsewhere, and those that are read twice.
func TestParseKeyCheckSymbols(t *testing.T) {
	for _, text := range []string{
		"CHARIOT-35C1W-9YYFK-PG1ZR-WWM5J-0HZ7M-*", "CHARIOT-7RF9C-ZMVF4-Z913W-ENT1W-EKDTK-~", "CHARIOT-XCF37-T583D-MQPXC-5BBVB-ZKDWQ-$",
		"CHARIOT-RVSTR-NWM99-9H946-D7682-T3VQE-=", "CHARIOT-BZPEP-SQZS1-QKHPA-JF1P6-TTBCF-U", "CHARIOT-00000-00000-00000-00000-00000-0",
	} {
		for name, pasted := range map[string]string{
			"as it was written": text, "in small letters": strings.ToLower(text), "no separators": strings.ReplaceAll(text, "-", ""),
			"the prefix left out": text[8:], "quoted-printable": "key: " + strings.ReplaceAll(text, "=", "=3D") + "\r\n",
			"with text after": text + " is it", "O for 0": strings.ReplaceAll(text, "0", "o"),
		} {
			if got, err := ParseKey(pasted); err != nil || got.Reveal() != text {
				t.Errorf("%s: ParseKey(%q) = %q, %v", name, pasted, got.Reveal(), err)
			}
		}
	}
	// 31 modulo 37 is Z: the number 1 has check symbol 1, which people write as I or l.
	one := "CHARIOT-00000-00000-00000-00000-00001-1"
	for _, check := range []string{"1", "I", "i", "L", "l"} {
		if got, err := ParseKey(one[:len(one)-1] + check); err != nil || got.Reveal() != one {
			t.Errorf("check symbol %s: %q, %v", check, got.Reveal(), err)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	tests := []struct {
		name string
		text string
		want error
	}{
		{"nothing", "", ErrNoKey},
		{"white space", " \r\n\t", ErrNoKey},
		{"a sentence", "Your license key is in the next mail.", ErrNoKey},
		{"a sentence about Chariot", "Chariot - the MQTT server - must be licensed.", ErrNoKey},
		{"an address", "chariot-support@example.com", ErrNoKey},
		{"the name of a file", "chariot-license.txt", ErrNoKey},
		{"the prefix alone", "CHARIOT-", ErrNoKey},
		{"26 letters about Chariot that agree by chance", "Chariot - a small thing at the late shift - explained", ErrNoKey},
		{"a license ID", string(sampleKey().ID()), ErrNoKey},
		{"a fingerprint", strings.Repeat("0123456789abcdef", 4), ErrNoKey},
		{"26 characters that are no symbols", "thisisnotakeybutjustletters", ErrNoKey},
		{"full-width letters", "ＣＨＡＲＩＯＴ－" + sample[8:12], ErrNoKey},

		{"a NUL", sample + "\x00", ErrControlCharacter},
		{"an escape", "\x1b[1m" + sample, ErrControlCharacter},
		{"a backspace", "CHARIOT-X\b" + sample[8:], ErrControlCharacter},
		{"a vertical tab", sample + "\v", ErrControlCharacter},
		{"a form feed", sample + "\f", ErrControlCharacter},
		{"a delete", sample + "\x7f", ErrControlCharacter},
		{"a next line", sample + "\u0085", ErrControlCharacter},
		{"a control character comes before no key", "\x00", ErrControlCharacter},

		{"two keys", sample + "\n" + second, ErrTwoKeys},
		{"two keys, the second quoted", sample + "\n> " + strings.ToLower(second), ErrTwoKeys},
		{"two files", sampleFile() + strings.Replace(sampleFile(), sample, second, 1), ErrTwoKeys},
		{"two keys in two writings", strings.ReplaceAll(sample, "-", " ") + "\n" + strings.ReplaceAll(second, "-", ""), ErrTwoKeys},

		{"HTML inside the key", replaced("41CY0-", "41CY0-<br>"), &TypoError{Group: 4, What: "has a character that no license key has: <"}},
		{"quoted-printable inside the key", replaced("41CY0", "41C=\r\nY0"), &TypoError{Group: 3, What: "has a character that no license key has: ="}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseKey(tt.text)
			if !reflect.DeepEqual(err, tt.want) || got != (Key{}) {
				t.Errorf("ParseKey(%q) = %q, %v; want %v", tt.text, got.Reveal(), err, tt.want)
			}
		})
	}
}

// Every control character is refused but the three that texts have.
func TestParseKeyControlCharacters(t *testing.T) {
	for r := rune(0); r < 0xa0; r++ {
		if r >= ' ' && r < 0x7f {
			continue
		}
		_, err := ParseKey(sample + string(r))
		if allowed := r == '\r' || r == '\n' || r == '\t'; allowed != (err == nil) || err != nil && !errors.Is(err, ErrControlCharacter) {
			t.Errorf("%U: %v", r, err)
		}
	}
}

// A key that was cut off anywhere is never taken for another one.
func TestParseKeyCutOff(t *testing.T) {
	r := random()
	for range 300 {
		var bits [16]byte
		fill(r, bits[:])
		whole := NewKey(bits).Reveal()
		for cut := range len(whole) {
			if key, err := ParseKey(whole[:cut]); err == nil {
				t.Fatalf("%q is read as %s", whole[:cut], key.Reveal())
			}
		}
	}
}

// A text that was made to waste our time costs what it weighs, and not its square,
// which would be a thousand times as much for one 32 times as long.
func TestParseKeyIsLinear(t *testing.T) {
	for _, part := range []string{"CHARIOT", "CHARIOT ", "A", "\u00ad", " x", "\xff"} {
		long := func(size int) string {
			return strings.Repeat("CHARIOT", size/14) + strings.Repeat(part, size/2/len(part))
		}
		small, large := quickest(long(512)), quickest(long(16<<10))
		if large > 250*small {
			t.Errorf("half a KB of %q took %v, 16 KB %v", part, small, large)
		}
	}
}

// quickest is the least of some measurements: the one that was disturbed least.
func quickest(text string) time.Duration {
	least := time.Hour
	for range 3 {
		start := time.Now()
		ParseKey(text)
		least = min(least, time.Since(start))
	}
	return least
}

// FuzzParseKey: it never panics, and what it accepts is a key that reads back.
func FuzzParseKey(f *testing.F) {
	for _, text := range []string{
		"", sample, sampleFile(), replaced("-", " "), replaced("-", ""), sample[8:], sample + second, strings.ToLower(sample), "\xff" + sample,
		replaced("41CY0", "41C\n> Y0"), replaced("-W", ""), replaced("-W", "-"), replaced("9JS35-", ""), replaced("J", "U"), "CHARIOT-é", "CHARIOT CHARIOT-",
		"CHARIOT-BZPEP-SQZS1-QKHPA-JF1P6-TTBCF-U", "CHARIOT-1VEM9\u00a09JS35", strings.Repeat("CHARIOT-AAAAA-", 50),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey(text)
		if err != nil {
			if key != (Key{}) || err.Error() == "" {
				t.Fatalf("a key along with %v", err)
			}
			return
		}
		again, err := ParseKey(key.Reveal())
		if err != nil || again != key || len(key.Reveal()) != len(sample) || !strings.HasPrefix(key.Reveal(), "CHARIOT-") {
			t.Fatalf("%q was read as %q, which reads as %q, %v", text, key.Reveal(), again.Reveal(), err)
		}
	})
}
