package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/support"
)

// naughty reads the list, and of the second list what is no UTF-8.
func naughty(t *testing.T) (texts []string) {
	t.Helper()
	folder := suite(t, "naughty-strings")
	for _, name := range []string{"blns.json", "blns.base64.json"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		if err := json.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
		for _, text := range list {
			if name == "blns.base64.json" {
				decoded, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				if text = string(decoded); utf8.ValidString(text) {
					continue
				}
			}
			texts = append(texts, text)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// raw writes a text as JSON without making it better than it is: bytes that are
// no UTF-8 stay.
func raw(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}

// A naughtyField is a place in a request where a text may stand. stored finds it
// in what reached the use case, nil where it is no text any more.
type naughtyField struct {
	route, before, after string
	stored               func(p *plant, c *cabinet) string
}

func naughtyFields() []naughtyField {
	const key, fp = `{"licenseKey":"` + plantKey + `"`, `,"fingerprint":"` + machine1 + `"`
	asked := func(p *plant) activation.Activate { return p.asked[0].(activation.Activate) }
	change := func(c *cabinet) support.Change { return c.changes[0] }
	fields := []naughtyField{
		{activateRoute, key + fp + `,"machine":{"hostname":`, `}}`, func(p *plant, _ *cabinet) string { return asked(p).Machine.Hostname }},
		{activateRoute, key + fp + `,"machine":{"chariotVersion":`, `}}`, func(p *plant, _ *cabinet) string { return asked(p).Machine.Version }},
		{activateRoute, key + fp + `,"sequence":`, `}`, nil},
		{activateRoute, key + fp + `,"ignored":`, `}`, nil},
		{activateRoute, key + fp + `,`, `:1}`, nil},
		{reactivateRoute, key + fp + `,"newFingerprint":`, `}`, nil},
		{searchRoute, `{"query":`, `}`, func(_ *plant, c *cabinet) string { return c.asked[0] }},
		{searchRoute, `{"query":"q","cursor":`, `}`, func(_ *plant, c *cabinet) string { return c.asked[1] }},
		{restoreRoute, `{"reason":"r","fingerprint":"` + machine1 + `","activationId":`, `}`, nil},
		{restoreRoute, `{"reason":"r","activationId":"` + seatID + `","fingerprint":`, `}`, nil},
		{restoreRoute, `{"activationId":"` + seatID + `"` + fp + `,"reason":`, `}`, func(_ *plant, c *cabinet) string { return c.freed[0].Event.Reason }},
		{changeRoute, `{"seats":7,"reason":`, `}`, func(_ *plant, c *cabinet) string { return change(c).Event.Reason }},
		{changeRoute, `{"reason":"r","contactEmail":`, `}`, func(_ *plant, c *cabinet) string { return change(c).After.About.ContactEmail }},
		{changeRoute, `{"reason":"r","state":`, `}`, func(_ *plant, c *cabinet) string { return string(change(c).After.License.State) }},
		{changeRoute, `{"reason":"r","expires":`, `}`, nil},
		{changeRoute, `{"reason":"r","removeFeatures":[`, `]}`, func(_ *plant, c *cabinet) string { return change(c).Grant.Remove[0] }},
		{changeRoute, `{"reason":"r","addFeatures":[{"name":`, `}]}`, func(_ *plant, c *cabinet) string { return change(c).Grant.Add[0].Name }},
	}
	for _, route := range []string{activateRoute, reactivateRoute, deactivateRoute} {
		fields = append(fields, naughtyField{route, `{"licenseKey":`, fp + `}`, nil}, naughtyField{route, key + `,"fingerprint":`, `}`, nil})
	}
	const issue = `{"deployment":"online","seats":5,"features":[{"name":"a"}],"contactEmail":"a@b",`
	about := func(pick func(support.About) string) func(*plant, *cabinet) string {
		return func(_ *plant, c *cabinet) string { return pick(change(c).After.About) }
	}
	return append(fields,
		naughtyField{issueRoute, issue + `"reference":`, `}`, about(func(a support.About) string { return a.Reference })},
		naughtyField{issueRoute, issue + `"note":`, `}`, about(func(a support.About) string { return a.Note })},
		naughtyField{issueRoute, issue + `"enforce":`, `}`, func(_ *plant, c *cabinet) string { return string(change(c).After.License.Terms.Enforce) }},
		naughtyField{issueRoute, issue + `"expires":`, `}`, nil},
		naughtyField{issueRoute, issue + ``, `:1}`, nil},
		naughtyField{issueRoute, `{"deployment":"online","seats":5,"features":[{"name":"a"}],"contactEmail":`, `}`, about(func(a support.About) string { return a.ContactEmail })},
		naughtyField{issueRoute, `{"seats":5,"features":[{"name":"a"}],"contactEmail":"a@b","deployment":`, `}`, func(_ *plant, c *cabinet) string { return string(change(c).After.License.Deployment) }},
		naughtyField{issueRoute, `{"deployment":"online","seats":5,"contactEmail":"a@b","features":[{"name":`, `}]}`, func(_ *plant, c *cabinet) string { return change(c).Grant.Add[0].Name }},
	)
}

// A naughty text in any field of any route is taken as it is, or refused with a
// reason: it is never our fault, never stored changed, never in the log.
func TestNaughtyStrings(t *testing.T) {
	texts := naughty(t)
	if len(texts) < 550 {
		t.Fatalf("only %d texts", len(texts))
	}
	stored := 0
	for _, field := range naughtyFields() {
		p := &plant{}
		d := newDoor(append(p.routes(), nil)...)
		for _, text := range texts {
			c := newCabinet()
			p.asked = nil
			d = refill(d, p, c)
			got := d.send(t, field.route, field.before+raw(text)+field.after)
			checkNaughty(t, d, field.route, text, got)
			if field.stored != nil && got.StatusCode < 300 {
				stored++
				if kept := field.stored(p, c); kept != text && !(text == "" && field.route == changeRoute) {
					t.Errorf("%s%q%s was stored as %q", field.before, text, field.after, kept)
				}
			}
		}
	}
	if stored < 2000 {
		t.Errorf("only %d texts were stored", stored)
	}
}

// refill is the door of all routes, on a cabinet that is new.
func refill(d *door, p *plant, c *cabinet) *door {
	routes := append(p.routes(), Support(c.service()))
	fresh := newDoor(routes...)
	d.log.Reset()
	d.serve = fresh.serve
	return fresh
}

// checkNaughty looks at an answer and at the log line, which has no member that
// could hold the text.
func checkNaughty(t *testing.T, d *door, route, text string, got *outcome) {
	t.Helper()
	if got.StatusCode >= 500 || got.StatusCode == 0 {
		t.Errorf("%s with %q: %s", route, text, got.Body)
	}
	if len(text) > 12 && got.StatusCode >= 400 && strings.Contains(got.Body, raw(text)[1:len(raw(text))-1]) {
		t.Errorf("%s with %q repeats it: %s", route, text, got.Body)
	}
	lines := logLines(t, d)
	for _, line := range lines {
		want := map[string]any{"time": line["time"], "ms": line["ms"], "level": "INFO", "msg": "request", "requestId": "request-7", "route": route, "status": float64(got.StatusCode)}
		if got.code() != "" {
			want["problem"] = got.code()
		}
		if len(lines) != 1 || fmt.Sprint(line) != fmt.Sprint(want) {
			t.Errorf("%s with %q is logged as %v", route, text, line)
		}
	}
}

// The same in paths, queries and headers, as a gateway hands them over.
func TestNaughtyStringsAroundTheBody(t *testing.T) {
	texts := naughty(t)
	places := map[string]func(*Request, string){
		"activation ID":   func(r *Request, text string) { r.PathParameters["activationId"] = text },
		"license ID":      func(r *Request, text string) { r.PathParameters["licenseId"] = text },
		"idempotency key": func(r *Request, text string) { r.Headers["idempotency-key"] = text },
		"media type":      func(r *Request, text string) { r.Headers["content-type"] = text },
		"cursor":          func(r *Request, text string) { r.QueryStringParameters = map[string]string{"eventsCursor": text} },
		"path":            func(r *Request, text string) { r.RawPath = text },
		"address":         func(r *Request, text string) { r.RequestContext.HTTP.SourceIP = text },
		"other header":    func(r *Request, text string) { r.Headers["user-agent"] = text },
		"body":            func(r *Request, text string) { r.Body = text },
		"base64":          func(r *Request, text string) { r.Body, r.IsBase64Encoded = text, true },
	}
	bodies := map[string]string{reactivateRoute: good(""), changeRoute: supportBodies[changeRoute], showRoute: ""}
	for route, body := range bodies {
		for _, put := range places {
			for _, text := range texts {
				d := refill(&door{}, &plant{}, newCabinet())
				got := d.send(t, route, body, func(r *Request) { put(r, text) })
				checkNaughty(t, d, route, text, got)
			}
		}
	}
}
