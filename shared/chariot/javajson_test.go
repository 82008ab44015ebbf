package chariot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// askJSON asks the Java client to read texts, and to write again what it read:
// compact, and over lines. What it refuses it answers with one line.
func askJSON(t *testing.T, texts iter.Seq2[string, string], answered func(name, text, compact, pretty string)) {
	t.Helper()
	questions := func(yield func(keyQuestion) bool) {
		for name, text := range texts {
			if !yield(keyQuestion{"json", []byte(text), name}) {
				return
			}
		}
	}
	err := licensetest.AskJava(t, licensetest.Java(t), "Compare", questions, func(q keyQuestion, a keyAnswer) {
		compact, pretty, _ := strings.Cut(a.Reads, "\n")
		answered(q.name, string(q.Data), compact, pretty)
	})
	if err != nil {
		t.Error(err)
	}
}

// readsAlike reports whether Go reads the same values in two texts.
func readsAlike(a, b string) bool {
	values := [2]any{}
	for i, text := range []string{a, b} {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// Java takes every y_ document of JSONTestSuite, but those with a name twice, and
// reads what Go reads; it refuses every n_, and never falls over.
func TestJavaReadsJSONSuite(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/json-test-suite/test_parsing/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("skipped: JSONTestSuite is not beside the repository")
	}
	twice := map[string]bool{"y_object_duplicated_key.json": true, "y_object_duplicated_key_and_value.json": true}
	texts := func(yield func(string, string) bool) {
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			}
			if !yield(filepath.Base(file), string(data)) {
				return
			}
		}
		// Those that are too large for the suite's folder here.
		_ = yield("n_structure_100000_opening_arrays.json", strings.Repeat("[", 100_000)) &&
			yield("n_structure_open_array_object.json", strings.Repeat(`[{"":`, 50_000)+"\n")
	}
	taken := map[string]int{}
	askJSON(t, texts, func(name, text, compact, pretty string) {
		good := pretty != ""
		if good {
			taken[name[:1]]++
		}
		if want := name[0] == 'y' && !twice[name]; name[0] != 'i' && good != want {
			t.Errorf("%s is read: %t, want %t", name, good, want)
		}
		if good && !readsAlike(text, compact) {
			t.Errorf("%s: %q is written as %q", name, text, compact)
		}
	})
	if taken["y"] != 93 || taken["i"] == 0 {
		t.Errorf("taken: %v", taken)
	}
}

// Java writes the bytes that Go writes: requests and states are the same.
func TestJavaWritesJSONLikeGo(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r < 0x2100; r++ {
		all.WriteRune(r)
	}
	texts := map[string]string{
		"characters":     string(mustJSON(t, all.String()+"\U0001f511\uffff\U0010ffff")),
		"half pairs":     `"\ud800 \udc00\ud83d\ude00\ud83d \ud83dé\udc00\ud800"`,
		"numbers":        `[0,-0,1,-1.5,1e400,9223372036854775808,0.1E+2]`,
		"nothing":        `{"a":{},"b":[],"c":"","d":null,"e":[[]],"f":[{}]}`,
		"all of it":      `{"b":[1,{"a":true,"c":[false,null]}],"a":"x","é":{"<":"&>"}}`,
		"64 deep":        strings.Repeat("[", 64) + strings.Repeat("]", 64),
		"a name in case": `{"a":1,"A":2,"":3}`,
	}
	n := 0
	askJSON(t, func(yield func(string, string) bool) {
		for name, text := range texts {
			if !yield(name, text) {
				return
			}
		}
	}, func(name, text, compact, pretty string) {
		n++
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(compact), "", "  "); err != nil || pretty != want.String() {
			t.Errorf("%s is written over lines as\n%s\nwant\n%s, %v", name, pretty, want.String(), err)
		}
		if !readsAlike(text, compact) {
			t.Errorf("%s: %s is written as %s", name, text, compact)
		}
		if name == "characters" && compact != text {
			t.Errorf("the characters are written as %s, want %s", compact, text)
		}
	})
	if n != len(texts) {
		t.Errorf("%d texts were read", n)
	}
}

// What Java refuses, apart from what is no JSON at all.
func TestJavaRefusesJSON(t *testing.T) {
	texts := map[string]string{
		"65 deep":             strings.Repeat("[", 65) + strings.Repeat("]", 65),
		"objects 65 deep":     strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65),
		"a name twice":        `{"a":1,"b":2,"a":1}`,
		"a name twice inside": `[{"a":{"b":1,"b":1}}]`,
		"twice by an escape":  `{"a":1,"\u0061":1}`,
		"a byte order mark":   "\ufeff{}",
		"full-width digits":   "１",
		"full-width hex":      `"\u００41"`,
		"half an escape":      `"\u004`,
		"an end in a string":  `"a`,
		"a NUL at the end":    "1\x00",
		"a NUL in a string":   "\"a\x00b\"",
		"no-break space":      "\u00a01",
		"two values":          "1 2",
	}
	askJSON(t, func(yield func(string, string) bool) {
		for name, text := range texts {
			if !yield(name, text) {
				return
			}
		}
	}, func(name, text, compact, pretty string) {
		if pretty != "" || compact == "" {
			t.Errorf("%s: %q is read as %q", name, text, compact)
		}
		delete(texts, name)
	})
	if len(texts) > 0 {
		t.Errorf("not asked: %v", fmt.Sprint(texts))
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// RootKey.parse takes what Cirrus Link gives out, and nothing of a list that has
// one bad key in it.
func TestJavaReadsRootKeys(t *testing.T) {
	roots := licensetest.NewSigner(t).Roots()
	good := string(mustJSON(t, roots))
	id := roots[0].KeyID
	spoil := func(old, other string) string {
		return "[" + good[1:len(good)-1] + "," + strings.Replace(good[1:], old, other, 1)
	}
	texts := map[string][2]string{
		"a list":               {good, "[" + id + "]"},
		"an object":            {`{"server":"x","rootKeys":` + good + `}`, "[" + id + "]"},
		"two keys":             {spoil(`{"kid"`, `{"use":"sig","kid"`), "[" + id + ", " + id + "]"},
		"nothing":              {"", "[]"},
		"an empty list":        {"[]", "[]"},
		"null":                 {"null", "[]"},
		"an object without":    {`{"keys":` + good + `}`, "[]"},
		"an object of null":    {`{"rootKeys":null}`, "[]"},
		"a list of lists":      {"[" + good + "]", "[]"},
		"a key without an ID":  {spoil(`"kid"`, `"old"`), "[]"},
		"a key with ID null":   {spoil(`"kid":"`+id+`"`, `"kid":null`), "[]"},
		"a number as an ID":    {spoil(`"kid":"`+id+`"`, `"kid":1`), "[]"},
		"another algorithm":    {spoil("ES256", "ES384"), "[]"},
		"another curve":        {spoil("P-256", "P-384"), "[]"},
		"another type":         {spoil(`"EC"`, `"OKP"`), "[]"},
		"off the curve":        {spoil(`"y":"`+roots[0].Y, `"y":"`+roots[0].X), "[]"},
		"without a coordinate": {spoil(`"x"`, `"old"`), "[]"},
		"something after":      {good + "]", "[]"},
	}
	questions := func(yield func(keyQuestion) bool) {
		for name, text := range texts {
			if !yield(keyQuestion{"roots", []byte(text[0]), name}) {
				return
			}
		}
	}
	n := 0
	err := licensetest.AskJava(t, licensetest.Java(t), "Compare", questions, func(q keyQuestion, got keyAnswer) {
		if n++; got.Reads != texts[q.name][1] {
			t.Errorf("%s: %s is read as %s, want %s", q.name, q.Data, got.Reads, texts[q.name][1])
		}
	})
	if err != nil || n != len(texts) {
		t.Errorf("%d answers, %v", n, err)
	}
}
