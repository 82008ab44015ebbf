package chariot

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

var keySeed = flag.Uint64("keyseed", 1, "what the random texts of TestJavaReadsKeys are made from")

// A keyQuestion asks the Java program Compare what a license file holds.
type keyQuestion struct {
	Do   string `json:"do"`
	Data []byte `json:"data"`

	name string
}

// A keyAnswer is the key, its hash and what it prints; or a sentence.
type keyAnswer struct {
	Reads string `json:"reads"`
	Says  string `json:"says"`
}

// readKey is Go's answer.
func readKey(text string) keyAnswer {
	key, err := ParseLicense(text)
	if err != nil {
		return keyAnswer{Says: err.Error()}
	}
	hash := key.Hash()
	return keyAnswer{Reads: fmt.Sprintf("%s %s %v", key.Reveal(), hex.EncodeToString(hash[:]), key)}
}

// askKeys asks Java about texts; it fails where Java does not say what Go says.
func askKeys(t *testing.T, texts iter.Seq2[string, string]) {
	t.Helper()
	wrong := 0
	questions := func(yield func(keyQuestion) bool) {
		for name, text := range texts {
			if !yield(keyQuestion{"key", []byte(text), name}) {
				return
			}
		}
	}
	err := licensetest.AskJava(t, licensetest.Java(t), "Compare", questions, func(q keyQuestion, got keyAnswer) {
		if want := readKey(string(q.Data)); got != want {
			if wrong++; wrong <= 5 {
				t.Errorf("%s: %q\nGo   %+v\nJava %+v", q.name, q.Data, want, got)
			}
		}
	})
	if err != nil || wrong > 0 {
		t.Errorf("%d disagreements, %v", wrong, err)
	}
}

// Both clients find in each vector of package license what it says.
func TestKeyVectors(t *testing.T) {
	texts := map[string]string{}
	for _, v := range keyVectors(t) {
		text := v.Text + string(v.Base64)
		texts[v.Name] = text
		want := keyFinding{v.Key, v.Error}
		if v.Client != nil {
			want = *v.Client
		}
		if want.Error != "" {
			want.Error = "This license cannot be read: " + want.Error + ". Nothing was sent. Give the license file as it came, or paste the license key."
		}
		got := readKey(text)
		if key, _, _ := strings.Cut(got.Reads, " "); key != want.Key || got.Says != want.Error {
			t.Errorf("%s: %+v, want %+v", v.Name, got, want)
		}
	}
	if len(texts) < 720 {
		t.Errorf("there are only %d vectors", len(texts))
	}
	askKeys(t, func(yield func(string, string) bool) {
		for name, text := range texts {
			if !yield(name, text) {
				return
			}
		}
	})
}

type keyFinding struct {
	Key   string `json:"key"`
	Error string `json:"error"`
}

// keyVectors are those that keys.json describes.
func keyVectors(t *testing.T) []struct {
	Name, Text string
	Base64     []byte
	keyFinding
	Client *keyFinding
} {
	t.Helper()
	text, err := os.ReadFile("../license/testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Name, Text string
			Base64     []byte
			keyFinding
			Client *keyFinding
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

// Go and Java find the same in random texts: keys, and what became of them on
// their way.
func TestJavaReadsKeys(t *testing.T) {
	t.Logf("go test -run %s -keyseed %d", t.Name(), *keySeed)
	r := rand.New(rand.NewPCG(*keySeed, 0))
	said := map[string]int{}
	askKeys(t, func(yield func(string, string) bool) {
		for asked := 0; asked < 10_000; {
			text := randomKeyText(r)
			if strings.ContainsFunc(decodeText(text), unfamiliar) {
				continue
			}
			asked++
			said[kindOf(readKey(text))]++
			if !yield("random", text) {
				return
			}
		}
	})
	for _, kind := range []string{
		"a key", "it is empty", "it is far longer", "it is not a text", "no license key found", "two different license keys", "four groups before",
		"characters: it needs", "a character that no license key has: ", "a character that no license key has. ", "has only", "the letter U",
		"of the license key is missing", "none that a license key has", "and the character at the end first", "each of its groups", "mistyped: compare group",
	} {
		n := 0
		for sentence, count := range said {
			if strings.Contains(sentence, kind) {
				n += count
			}
		}
		if n < 5 {
			t.Errorf("%d texts were of the kind %q", n, kind)
		}
	}
}

func kindOf(a keyAnswer) string {
	if a.Reads != "" {
		return "a key"
	}
	return regexp.MustCompile(`key has: .+?\. N`).ReplaceAllString(a.Says, "key has: _. N")
}

// randomKeyText is a key in some writing, spoiled up to three times.
func randomKeyText(r *rand.Rand) string {
	key := randomKey(r)
	text := key.Reveal()
	switch r.IntN(8) {
	case 0:
		text = license.File(&license.License{ID: key.ID(), Deployment: license.Online, Seats: 1}, key)
	case 1:
		text = "Your key is " + text + ", and - as you know - Chariot needs it."
	case 2:
		text = text[len("CHARIOT-"):]
	}
	for range r.IntN(4) {
		text = spoilKeyText(r, text)
		text = text[:min(len(text), MaxLicenseText+r.IntN(2))]
	}
	switch r.IntN(12) {
	case 0:
		text = utf16Of(r, text)
	case 1:
		text = "\ufeff" + text
	}
	return text
}

func randomKey(r *rand.Rand) license.Key {
	var bits [16]byte
	for i := range bits {
		bits[i] = byte(r.Uint32())
	}
	return license.NewKey(bits)
}

// strangers are what may come between and into the characters of a key.
var strangers = strings.Split(" |  |\n|\r\n|\t|-|--|–|—|\u2011|\u00ad|\u2212|\ufe63|\uff0d|>|\n> |\u00a0|\u2003|\u2028|\u3000|\u0085|\u200b|\u200e|\u2060|\ufeff|\U000e0020|"+
	"U|u|O|o|I|l|0|8|B|V|W|*|~|$|=|É|é|ß|ı|ſ|\u212a|Ａ|中|\U0001f511|\u0301|\ue000|\ufffd|.|,|*|“|”|<br>|_|#|\x00|\b|\x1f|\x7f|\u0080|\xff|\xc3|\xe2\x82|\xed\xa0\x80|"+
	"CHARIOT|chariot-|CHARIOT - |Chariot’s", "|")

// unfamiliar reports a character that bytes in disorder came to by chance: to an
// older Java some are unassigned, and so not to be shown.
func unfamiliar(r rune) bool {
	return r > 0xff && !slices.ContainsFunc(strangers, func(s string) bool { return strings.ContainsRune(s, r) })
}

func spoilKeyText(r *rand.Rand, text string) string {
	at := r.IntN(len(text) + 1)
	// Mostly where the key is.
	if i := strings.LastIndex(text, "CHARIOT-"); i >= 0 && r.IntN(4) > 0 {
		at = min(len(text), i+r.IntN(42))
	}
	stranger := strangers[r.IntN(len(strangers))]
	switch r.IntN(12) {
	case 0, 1:
		return text[:at] + stranger + text[at:]
	case 2, 3: // in the place of another
		return text[:at] + stranger + text[min(len(text), at+1):]
	case 4:
		return text[:at] + text[min(len(text), at+1+r.IntN(3)):]
	case 5:
		return text[:at] + string("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[r.IntN(32)]) + text[min(len(text), at+1):]
	case 6: // two neighbors swapped
		data := []byte(text)
		if at+1 < len(data) {
			data[at], data[at+1] = data[at+1], data[at]
		}
		return string(data)
	case 7:
		return strings.ReplaceAll(text, "-", stranger)
	case 8:
		return choice(r, strings.ToLower(text), text[:at], text[at:], strings.ReplaceAll(text, "-", ""), "", " "+strings.Repeat("\n", r.IntN(3)))
	case 9:
		return text + "\n" + choice(r, randomKey(r).Reveal(), text, strings.ToLower(text), "CHARIOT-AAAAA-BBBBB")
	case 10: // past the front that is looked at
		return text[:at] + strings.Repeat(choice(r, " ", "\u00a0", "\u200b", "-", "\n", "A"), 200+r.IntN(60)) + text[at:]
	}
	return strings.Repeat(text+stranger, 1+r.IntN(3)*r.IntN(3)*r.IntN(200))
}

func choice(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// utf16Of is the text as Notepad saves "Unicode"; a few times with half a pair of
// surrogates, or half a unit at the end.
func utf16Of(r *rand.Rand, text string) string {
	order := []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian}[r.IntN(2)]
	units := slices.Concat([]uint16{0xfeff}, utf16.Encode([]rune(text)))
	if r.IntN(4) == 0 {
		units = slices.Insert(units, 1+r.IntN(len(units)), 0xd800+uint16(r.IntN(0x800)))
	}
	data := []byte{}
	for _, unit := range units {
		data = order.AppendUint16(data, unit)
	}
	return string(data[:len(data)-r.IntN(2)*r.IntN(2)])
}
