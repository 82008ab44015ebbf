package license

import (
	"strings"
	"testing"
	"time"
)

// What customers have in their mail boxes. Chariot and people read it.
func TestFileText(t *testing.T) {
	key := sampleKey()
	l := &License{
		ID: key.ID(), Deployment: Online, Seats: 5, CreatedAt: noon,
		Features: []Feature{
			{Name: "iot-bridge-snowflake", Metered: true}, {Name: "mqtt-server"},
			{Name: "mqtt-server-support", Until: time.Date(2027, time.November, 23, 0, 0, 0, 0, time.UTC)},
			{Name: "z", Metered: true, Until: noon},
		},
	}
	const beginning = `License for Chariot MQTT Server

License ID:  lic_8CCKSRKTZHXBPKK0D86FKDQXCF
`
	const end = `
On the License page of Chariot, drop this file, or paste the key below.
Keep it to yourself: who has the key can use up your machines.
Deactivate a machine before you retire it, and its place is free again.

CHARIOT-1VEM9-9JS35-41CY0-3MA30-N0WJ9-W
`
	want := beginning + `Activation:  online
Machines:    5
Features:    iot-bridge-snowflake, billed by use
             mqtt-server
             mqtt-server-support, until 2027-11-23
             z, until 2026-11-24, billed by use
Issued:      2026-11-24
Expires:     never
` + end
	if got := File(l, key); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	l.Deployment, l.Features, l.Expires = Floating, nil, noon.AddDate(1, 0, 0)
	want = beginning + `Activation:  floating
Machines:    5
Issued:      2026-11-24
Expires:     2027-11-24T12:00:00Z
` + end
	if got := File(l, key); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever a license has, the key is found in its file, and nothing else in it
// reads like a key; a typo in the key is found in its place.
func TestKeyIsFoundInItsFile(t *testing.T) {
	r := random()
	names := []string{
		"mqtt-server", "mqtt-server-support", "iot-bridge-snowflake", "chariot", "chariot-edge", "mqtt-transmission", "chariot-",
		"chariot-server-which-items-0", "abcde-fghjk-mnpqr", strings.Repeat("z", 40),
	}
	for range 1000 {
		var bits [16]byte
		fill(r, bits[:])
		key := NewKey(bits)
		l := &License{
			ID: key.ID(), Deployment: []Deployment{Online, Offline, Floating, Leased, Marketplace}[r.IntN(5)],
			Seats: 1 + r.IntN(100_000), CreatedAt: noon, Expires: noon.AddDate(r.IntN(3), 0, 0),
		}
		for range r.IntN(5) {
			l.Features = append(l.Features, Feature{Name: names[r.IntN(len(names))], Metered: r.IntN(2) == 0})
		}
		file := File(l, key)
		if got, err := ParseKey(file); err != nil || got != key {
			t.Fatalf("ParseKey = %q, %v of\n%s", got.Reveal(), err, file)
		}
		if strings.Count(file, key.Reveal()) != 1 {
			t.Fatalf("the key is not there once:\n%s", file)
		}
		without := strings.Replace(file, key.Reveal(), "", 1)
		if got, err := ParseKey(without); err == nil {
			t.Fatalf("without its key, this file holds %q:\n%s", got.Reveal(), without)
		}
		at := strings.Index(file, key.Reveal()) + len("CHARIOT-ABCDE-F")
		if got, err := ParseKey(file[:at] + "U" + file[at+1:]); err == nil || err.Error() != typedU {
			t.Fatalf("ParseKey = %q, %v of the file with a U in group 2\n%s", got.Reveal(), err, file)
		}
	}
}

const typedU = "group 2 of the license key has the letter U, which no license key has there: it may be a V"
