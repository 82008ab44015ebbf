package license

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	jsonv1 "encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestNewKeyIsReadBack(t *testing.T) {
	r := random()
	seen := map[Key]bool{}
	for range 10_000 {
		var bits [16]byte
		fill(r, bits[:])
		key := NewKey(bits)
		if got, err := ParseKey(key.Reveal()); err != nil || got != key {
			t.Fatalf("ParseKey(%q) = %q, %v", key.Reveal(), got.Reveal(), err)
		}
		symbols := strings.ReplaceAll(key.Reveal(), "-", "")
		if want := "CHARIOT" + base32(bits[:], 25); symbols[:len(symbols)-1] != want {
			t.Fatalf("NewKey(%x) = %s, want the symbols %s", bits, key.Reveal(), want)
		}
		if seen[key] {
			t.Fatalf("%s was made twice", key.Reveal())
		}
		seen[key] = true
	}
}

// Keys, IDs, hashes and offline keys are out there, on paper and in the table:
// they never change. The values were computed by another program.
func TestKeysStay(t *testing.T) {
	var counting, ones [16]byte
	for i := range counting {
		counting[i], ones[i] = byte(i), 0xff
	}
	tests := []struct {
		key                     Key
		text, id, hash, offline string
	}{
		{
			NewKey(counting), "CHARIOT-000G4-0R40M-30E20-9185G-R38E1-Q", "lic_G1Y2CSMB0BGNGCS0QV0HT2SPWN",
			"8f56756dbf310872aa822a1643e6ca17c8cbd02bd46f323520b390208b4e4a94",
			"33e477283c144940a5d97259dcb87ef6c6ecdd671e52bcdd093d090bed2521bf",
		},
		{
			NewKey(ones), "CHARIOT-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-H", "lic_S5NK54M6KSJX639HPB40VZJJ5F",
			"76eca2f51af3aaef2e0e4dd204deb61dc04dc39639382883cbe4e80895e55419",
			"c1800f63484c4cf62f8c5906a1d67a41c40b88b6bb9f01432bcaa6eced0c0d06",
		},
		{
			NewKey([16]byte{}), "CHARIOT-00000-00000-00000-00000-00000-0", "lic_AH384DP7ECFND1SPA0KWG33AKG",
			"0d079fa834564570cc3b346d178b83e747ad9d4f554c49d6c5059f9944edad09",
			"d4b8d334c60eafcfcc0519ac1e47947fd2d51894542129135b686122716c4679",
		},
	}
	for _, tt := range tests {
		hash, offline := tt.key.Hash(), tt.key.OfflineKey()
		got := []string{tt.key.Reveal(), string(tt.key.ID()), hex.EncodeToString(hash[:]), hex.EncodeToString(offline[:])}
		if want := []string{tt.text, tt.id, tt.hash, tt.offline}; strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
}

// ID, hash and offline key of random keys, computed once more by hand: the
// offline key by the two steps of RFC 5869, extract with no salt, then expand.
func TestKeyDerivations(t *testing.T) {
	r := random()
	mac := func(key, message []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(message)
		return h.Sum(nil)
	}
	for range 200 {
		var bits [16]byte
		fill(r, bits[:])
		key := NewKey(bits)
		named := sha256.Sum256([]byte("chariot-license-id-v1" + key.Reveal()))
		if want := ID("lic_" + base32(named[:], 26)); key.ID() != want {
			t.Fatalf("ID = %s, want %s", key.ID(), want)
		}
		if id, err := ParseID(string(key.ID())); err != nil || id != key.ID() {
			t.Fatalf("ParseID(%s) = %s, %v", key.ID(), id, err)
		}
		if want := sha256.Sum256([]byte("chariot-license-key-v1" + key.Reveal())); key.Hash() != want {
			t.Fatalf("Hash = %x, want %x", key.Hash(), want)
		}
		extracted := mac(make([]byte, sha256.Size), []byte(key.Reveal()))
		want := mac(extracted, []byte("chariot-offline-v1\x01"))
		if got := key.OfflineKey(); !bytes.Equal(got[:], want) {
			t.Fatalf("OfflineKey = %x, want %x", got, want)
		}
	}
}

func TestZeroKeyIsNoKey(t *testing.T) {
	var none Key
	if none.Reveal() != "" {
		t.Errorf("the zero Key reveals %q", none.Reveal())
	}
	if none == NewKey([16]byte{}) || none == UnknownKey("") {
		t.Error("the zero Key is equal to another")
	}
	if got := fmt.Sprintf("%v %+v %#v %s %d %x", none, none, none, none, none, none); got == "" {
		t.Error("the zero Key cannot be printed at all")
	}
}

// An unknown key costs the same work as a real one, and is never one.
func TestUnknownKey(t *testing.T) {
	if a, b := UnknownKey(" what\never "), UnknownKey("WHATEVER"); a != b || a.ID() != b.ID() {
		t.Error("white space and letter case count")
	}
	if UnknownKey("a") == UnknownKey("b") || UnknownKey("a").ID() == UnknownKey("b").ID() {
		t.Error("two unknown keys are one")
	}
	for _, text := range []string{"", "x", "CHARIOT-", sample[:len(sample)-1] + "X"} {
		if key := UnknownKey(text); key == sampleKey() || key.ID() == sampleKey().ID() {
			t.Errorf("UnknownKey(%q) is a real one", text)
		}
	}
}

type holder struct {
	Open   Key
	closed Key
	Text   string
}

// A key cannot print itself, wherever it stands.
func TestKeyCannotPrintItself(t *testing.T) {
	key := sampleKey()
	nested := struct {
		Holder *holder
		Any    any
		inner  []holder
	}{&holder{key, key, "seen"}, key, []holder{{closed: key}}}
	values := map[string]any{
		"itself": key, "a pointer": &key, "exported and not": holder{key, key, "seen"}, "a pointer to a struct": &holder{key, key, "seen"},
		"a slice": []Key{key}, "an array": [1]Key{key}, "a slice of pointers": []*Key{&key}, "a map's value": map[string]Key{"k": key},
		"a map's key": map[Key]string{key: "seen"}, "nested": nested, "an error's argument": fmt.Errorf("reading %v and %s: %w", key, key, errors.ErrUnsupported),
		"a channel's element": any([]any{key, &key}),
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%e", "%t", "%p", "%T", "%U", "%c", "% x", "%#x"} {
				hidden(t, verb, fmt.Sprintf(verb, value))
			}
			hidden(t, "Print", fmt.Sprint(value))
			hidden(t, "Println", fmt.Sprintln(value))
			old, _ := jsonv1.Marshal(value)
			hidden(t, "json", string(old))
			text, _ := json.Marshal(value)
			hidden(t, "json v2", string(text))
			marked, _ := xml.Marshal(value)
			hidden(t, "xml", string(marked))
			var b bytes.Buffer
			_ = gob.NewEncoder(&b).Encode(value)
			hidden(t, "gob", b.String())
			hidden(t, "a log", logged(value))
		})
	}
	if got := fmt.Sprintf("%v %s %#v", key, key, key); got != "CHARIOT-… CHARIOT-… CHARIOT-…" {
		t.Errorf("the placeholder is %q", got)
	}
}

// logged writes a value to every log there is.
func logged(value any) string {
	var b bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		log := slog.New(handler)
		log.Info("it", "value", value, slog.Group("g", "value", value))
		log.With("value", value).WithGroup("g").Error("it", slog.Any("value", value))
	}
	log.New(&b, "", 0).Print(value)
	return b.String()
}

// hidden fails where a text gives away any part of the sample key, in whatever
// writing.
func hidden(t *testing.T, how, text string) {
	t.Helper()
	bare := strings.ReplaceAll(sample, "-", "")
	parts := append(strings.Split(sample, "-")[1:6], bare)
	for _, part := range parts {
		for _, writing := range []string{
			part, strings.ToLower(part), hex.EncodeToString([]byte(part)), strings.ToUpper(hex.EncodeToString([]byte(part))),
			fmt.Sprintf("% x", part), strings.Trim(fmt.Sprint([]byte(part)), "[]"), base64.StdEncoding.EncodeToString([]byte(part)),
		} {
			if strings.Contains(text, writing) {
				t.Errorf("%s shows the key: %s", how, text)
				return
			}
		}
	}
}

// The test above would notice.
func TestHiddenNotices(t *testing.T) {
	for _, text := range []string{
		sample, strings.ToLower(sample), fmt.Sprintf("%x", sample), fmt.Sprint([]byte(sample)), fmt.Sprintf("%+v", holder{Text: sample}),
		"…" + strings.Split(sample, "-")[3],
	} {
		if probe := new(testing.T); !noticed(probe, text) {
			t.Errorf("not noticed: %s", text)
		}
	}
}

func noticed(probe *testing.T, text string) bool {
	hidden(probe, "", text)
	return probe.Failed()
}
