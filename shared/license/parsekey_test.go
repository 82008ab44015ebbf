package license

import (
	"errors"
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
