package license

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// random is seeded, so that a failure shows again.
func random() *rand.Rand { return rand.New(rand.NewPCG(3, 4)) }

func fill(r *rand.Rand, data []byte) {
	for i := range data {
		data[i] = byte(r.Uint32())
	}
}

// base32 writes the first 5·symbols bits of data, by division.
func base32(data []byte, symbols int) string {
	number := new(big.Int).SetBytes(data)
	if shift := len(data)*8 - symbols*5; shift >= 0 {
		number.Rsh(number, uint(shift))
	} else {
		number.Lsh(number, uint(-shift))
	}
	text := make([]byte, symbols)
	for i := symbols - 1; i >= 0; i-- {
		digit := new(big.Int)
		number.DivMod(number, big.NewInt(32), digit)
		text[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit.Int64()]
	}
	return string(text)
}

func TestParseID(t *testing.T) {
	const id = "lic_8CCKSRKTZHXBPKK0D86FKDQXCF"
	tests := []struct {
		name string
		text string
		want ID
		err  error
	}{
		{"as it was written", id, id, nil},
		{"in small letters", strings.ToLower(id), id, nil},
		{"in capitals", strings.ToUpper(id), id, nil},
		{"with white space around", "\t " + id + "\r\n", id, nil},
		{"O for 0", strings.ReplaceAll(id, "0", "O"), id, nil},
		{"I and L for 1", "lic_ILil" + strings.Repeat("0", 22), ID("lic_1111" + strings.Repeat("0", 22)), nil},
		{"a symbol too few", id[:len(id)-1], "", ErrMalformedID},
		{"a symbol too many", id + "0", "", ErrMalformedID},
		{"another kind of ID", "act_8CCKSRKTZHXBPKK0D86FKDQXCF", "", ErrMalformedID},
		{"a letter that is no symbol", "lic_UCCKSRKTZHXBPKK0D86FKDQXCF", "", ErrMalformedID},
		{"a NUL", "lic_\x00CCKSRKTZHXBPKK0D86FKDQXCF", "", ErrMalformedID},
		{"a letter of two bytes", "lic_éCKSRKTZHXBPKK0D86FKDQXCF", "", ErrMalformedID},
		{"a slash", "lic_/CCKSRKTZHXBPKK0D86FKDQXCF", "", ErrMalformedID},
		{"white space inside", "lic_ CCKSRKTZHXBPKK0D86FKDQXCF", "", ErrMalformedID},
		{"nothing", "", "", ErrMalformedID},
		{"the prefix alone", "lic_", "", ErrMalformedID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseID(tt.text)
			if !errors.Is(err, tt.err) || got != tt.want {
				t.Errorf("ParseID(%q) = %q, %v; want %q, %v", tt.text, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestActivationID(t *testing.T) {
	r := random()
	seen := map[ActivationID]bool{}
	for range 1000 {
		var bits [17]byte
		fill(r, bits[:])
		license, machine := ID("lic_"+base32(bits[:], 26)), Fingerprint(strings.Repeat("a", 64))
		id := NewActivationID(license, machine, bits)
		symbols := base32(bits[:], 26)
		sum := sha256.Sum256([]byte("chariot-activation-id-v1|" + string(license) + "|" + string(machine) + "|" + symbols))
		if want := ActivationID("act_" + symbols + base32(sum[:], 6)); id != want {
			t.Fatalf("NewActivationID = %s, want %s", id, want)
		}
		if parsed, err := ParseActivationID(strings.ToLower(" " + string(id))); err != nil || parsed != id {
			t.Fatalf("ParseActivationID(%q) = %q, %v", id, parsed, err)
		}
		if !id.IssuedTo(license, machine) {
			t.Fatalf("%s was issued to this machine", id)
		}
		if id.IssuedTo(license, "b"+machine[1:]) || id.IssuedTo("lic_1", machine) {
			t.Fatalf("%s was issued to nobody else", id)
		}
		if seen[id] {
			t.Fatalf("%s was made twice", id)
		}
		seen[id] = true
	}
}

// An ID that is out there stays valid: its form and its binding never change.
func TestActivationIDStays(t *testing.T) {
	id := NewActivationID("lic_8CCKSRKTZHXBPKK0D86FKDQXCF", Fingerprint(strings.Repeat("a", 64)), [17]byte{1, 2, 3})
	if want := ActivationID("act_04106000000000000000000000KK39BW"); id != want {
		t.Errorf("NewActivationID = %s, want %s", id, want)
	}
}

func TestParseActivationIDRefuses(t *testing.T) {
	id := string(NewActivationID("lic_1", "f", [17]byte{}))
	for name, text := range map[string]string{
		"nothing": "", "blank": "  ", "a slash": "act_/" + id[5:], "dots": "..", "a symbol less": id[:35], "a symbol more": id + "0",
		"a license's": "lic_" + id[4:], "a NUL": id[:35] + "\x00", "a U": id[:35] + "U", "white space inside": id[:20] + " " + id[21:],
	} {
		if got, err := ParseActivationID(text); !errors.Is(err, ErrMalformedID) || got != "" {
			t.Errorf("%s: ParseActivationID(%q) = %q, %v; want none, ErrMalformedID", name, text, got, err)
		}
	}
}

func TestNewULID(t *testing.T) {
	r := random()
	for range 2000 {
		var bits [10]byte
		fill(r, bits[:])
		at := time.UnixMilli(r.Int64N(1 << 48))
		number := new(big.Int).Lsh(big.NewInt(at.UnixMilli()), 80)
		number.Or(number, new(big.Int).SetBytes(bits[:]))
		want := ULID(ulidText(number))
		if got := NewULID(at, bits); got != want {
			t.Fatalf("NewULID(%v, %x) = %s, want %s", at, bits, got, want)
		}
	}
	tests := []struct {
		name string
		at   time.Time
		bits [10]byte
		want ULID
	}{
		{"the least", time.UnixMilli(0), [10]byte{}, "00000000000000000000000000"},
		{"the greatest", time.UnixMilli(1<<48 - 1), [10]byte(bytes.Repeat([]byte{0xff}, 10)), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"},
		{"the time of the specification's example", time.UnixMilli(1469918176385), [10]byte{}, "01ARYZ6S410000000000000000"},
	}
	for _, tt := range tests {
		if got := NewULID(tt.at, tt.bits); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// ulidText writes a number of 128 bits as 26 symbols, by division.
func ulidText(number *big.Int) string {
	text := make([]byte, 26)
	rest := new(big.Int).Set(number)
	for i := 25; i >= 0; i-- {
		digit := new(big.Int)
		rest.DivMod(rest, big.NewInt(32), digit)
		text[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit.Int64()]
	}
	return string(text)
}

func TestULIDsSortByTime(t *testing.T) {
	r := random()
	var times []int64
	for range 500 {
		times = append(times, noon.UnixMilli()+r.Int64N(2000), r.Int64N(1<<48))
	}
	slices.Sort(times)
	times = slices.Compact(times)
	last := ULID("")
	for _, ms := range times {
		var bits [10]byte
		fill(r, bits[:])
		id := NewULID(time.UnixMilli(ms), bits)
		if id <= last {
			t.Fatalf("%s of %d does not sort after %s", id, ms, last)
		}
		last = id
	}
}

func TestParseFingerprint(t *testing.T) {
	good := strings.Repeat("0123456789abcdef", 4)
	if got, err := ParseFingerprint(good); err != nil || string(got) != good {
		t.Errorf("ParseFingerprint(%q) = %q, %v", good, got, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "blank": strings.Repeat(" ", 64), "a digit less": good[1:], "a digit more": good + "0",
		"capitals": strings.ToUpper(good), "a capital inside": good[:30] + "A" + good[31:], "a g inside": good[:30] + "g" + good[31:],
		"a NUL inside": good[:30] + "\x00" + good[31:], "a line break at the end": good[:63] + "\n", "white space around": " " + good + " ",
		"digits of another script": strings.Repeat("٣", 32), "ten megabytes": strings.Repeat("a", 10<<20),
	} {
		if got, err := ParseFingerprint(text); !errors.Is(err, ErrMalformedFingerprint) || got != "" {
			t.Errorf("%s: %q, %v; want none, ErrMalformedFingerprint", name, got, err)
		}
	}
}
