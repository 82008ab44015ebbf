package chariot_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/chariot"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A verdictVector is one row of testdata/verdicts.json, which the Java client
// runs too.
type verdictVector struct {
	Name        string         `json:"name"`
	Certificate map[string]any `json:"certificate"`
	Now         time.Time      `json:"now"`
	Action      chariot.Action `json:"action"`
	Until       time.Time      `json:"until"`
	Sentence    string         `json:"sentence"`
	Features    []string       `json:"features"`
}

// verdictVectors are the rows, each with its whole certificate.
func verdictVectors(t *testing.T) []verdictVector {
	t.Helper()
	var file struct {
		Base     map[string]any  `json:"base"`
		Verdicts []verdictVector `json:"verdicts"`
	}
	text, err := os.ReadFile("testdata/verdicts.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil || len(file.Verdicts) == 0 {
		t.Fatalf("no verdicts: %v", err)
	}
	for i, v := range file.Verdicts {
		whole := maps.Clone(file.Base)
		maps.Copy(whole, v.Certificate)
		maps.DeleteFunc(whole, func(_ string, value any) bool { return value == nil })
		file.Verdicts[i].Certificate = whole
	}
	return file.Verdicts
}

func TestJudge(t *testing.T) {
	for _, v := range verdictVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			payload, err := json.Marshal(v.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			c, err := certificate.Parse(payload)
			if err != nil {
				t.Fatal(err)
			}
			got := chariot.Judge(c, v.Now)
			if got.Action != v.Action || !got.Until.Equal(v.Until) {
				t.Errorf("%s until %v, want %s until %v", got.Action, got.Until, v.Action, v.Until)
			}
			if got.Sentence != v.Sentence {
				t.Errorf("says %q\nwant %q", got.Sentence, v.Sentence)
			}
			var names []string
			for _, f := range got.Features {
				names = append(names, f.Name)
			}
			if !slices.Equal(names, v.Features) {
				t.Errorf("features %q, want %q", names, v.Features)
			}
		})
	}
}

func TestJudgeWithoutCertificate(t *testing.T) {
	got := chariot.Judge(nil, time.Now())
	if got.Action != chariot.Stop || got.Sentence != chariot.ErrNotActivated.Error() || !got.Until.IsZero() {
		t.Errorf("got %+v", got)
	}
}

// Between two moments that Until names nothing changes, and before anything but
// running or a warning comes, a warning has come.
func TestJudgeHoldsUntil(t *testing.T) {
	for _, v := range verdictVectors(t) {
		payload, _ := json.Marshal(v.Certificate)
		c, err := certificate.Parse(payload)
		if err != nil {
			t.Fatal(err)
		}
		now, before := c.IssuedAt, chariot.Judge(c, c.IssuedAt)
		for !before.Until.IsZero() {
			if !before.Until.After(now) {
				t.Fatalf("%s: at %v the verdict holds until %v", v.Name, now, before.Until)
			}
			same := chariot.Judge(c, before.Until.Add(-time.Second))
			if same.Action != before.Action || same.Sentence != before.Sentence || !slices.EqualFunc(same.Features, before.Features, sameFeature) {
				t.Errorf("%s: at %v %+v, a second before its Until %+v", v.Name, now, before, same)
			}
			now = before.Until
			after := chariot.Judge(c, now)
			if severe := after.Action == chariot.Stop || after.Action == chariot.Degrade; severe && before.Action == chariot.Run {
				t.Errorf("%s: %s at %v, by surprise", v.Name, after.Action, now)
			}
			before = after
		}
	}
}

func sameFeature(a, b license.Feature) bool { return a.Name == b.Name }
