package license

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
)

// A keyVector is a text of testdata/keys.json, whose description explains it. The
// clients run them too.
type keyVector struct {
	Name   string `json:"name"`
	Text   string `json:"text"`
	Base64 []byte `json:"base64"`
	Key    string `json:"key"`
	Error  string `json:"error"`
	// Client is what chariot.ParseLicense says, where that differs.
	Client *struct {
		Key   string `json:"key"`
		Error string `json:"error"`
	} `json:"client"`
}

func keyVectors(t *testing.T) []keyVector {
	t.Helper()
	text, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Description string      `json:"description"`
		Vectors     []keyVector `json:"vectors"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

// The key is found in whatever way it was pasted, and what was mistyped is told.
func TestKeyVectors(t *testing.T) {
	names, sentences := map[string]bool{}, map[string]int{}
	for _, v := range keyVectors(t) {
		if names[v.Name] || (v.Key == "") == (v.Error == "") {
			t.Errorf("%q is there twice, or says not what to find", v.Name)
		}
		names[v.Name] = true
		sentences[regexp.MustCompile(`\d|: .$`).ReplaceAllString(v.Error, "")]++
		key, err := ParseKey(v.Text + string(v.Base64))
		said := ""
		if err != nil {
			said = err.Error()
		}
		if key.Reveal() != v.Key || said != v.Error {
			t.Errorf("%s: ParseKey(%q) = %q, %q; want %q, %q", v.Name, v.Text, key.Reveal(), said, v.Key, v.Error)
		}
	}
	if len(names) < 720 || len(sentences) < 16 {
		t.Errorf("%d vectors with %d sentences: %q", len(names), len(sentences), slices.Sorted(maps.Keys(sentences)))
	}
}
