package chariot

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/api"
)

// sentenceRows are the rows of the tables in SENTENCES.md, cut into cells: code,
// status where the server answers, when, sentence, retry, button.
func sentenceRows(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("SENTENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		code, isRow := strings.CutPrefix(cells[0], " `")
		code, _, _ = strings.Cut(code, "`")
		if !isRow {
			continue
		}
		if rows[code] != nil {
			t.Errorf("%s is there twice", code)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows[code] = cells
	}
	return rows
}

// problemStatuses are the codes of the API's description, with their status.
func problemStatuses(t *testing.T) map[string]int {
	t.Helper()
	var description struct {
		Components struct {
			Examples map[string]struct{ Value json.RawMessage }
		}
	}
	if err := json.Unmarshal(api.OpenAPI(), &description); err != nil {
		t.Fatal(err)
	}
	statuses := map[string]int{}
	for _, example := range description.Components.Examples {
		var problem struct {
			Type   string
			Status int
		}
		if json.Unmarshal(example.Value, &problem) == nil && problem.Status != 0 {
			statuses[strings.TrimPrefix(problem.Type, problemType)] = problem.Status
		}
	}
	return statuses
}

// SENTENCES.md is right: a row for each code of the API and of a Refusal, with the
// very sentence and status, and none for what there is not.
func TestSentencesAreTabulated(t *testing.T) {
	rows, statuses := sentenceRows(t), problemStatuses(t)
	if len(statuses) < 20 {
		t.Fatalf("only %d problems are described", len(statuses))
	}
	for code, status := range statuses {
		row := rows[code]
		if len(row) != 6 || row[1] != fmt.Sprint(status) || strings.HasPrefix(row[4], "by itself") != isBusy(status) {
			t.Errorf("%s, status %d: the row is %q", code, status, row)
		}
	}
	for code, row := range rows {
		sentence, known := sentences[code]
		if !known {
			sentence = "–"
		}
		if (!known && statuses[code] == 0) || !slices.Contains(row, sentence) || slices.Contains(row, "") {
			t.Errorf("%s: the row is %q, its sentence %q", code, row, sentence)
		}
	}
	for code := range sentences {
		if kind, _, _ := strings.Cut(code, "-"); rows[code] == nil && !slices.Contains([]string{"net", "proxy", "tls", "unreachable", "doctor", "verdict", "feature"}, kind) {
			t.Errorf("%s has no row", code)
		}
	}
}
