package crockford

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

// random is seeded, so that a failure shows again.
func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func randomText(r *rand.Rand, symbols int) string {
	text := make([]byte, symbols)
	for i := range text {
		text[i] = Alphabet[r.IntN(len(Alphabet))]
	}
	return string(text)
}

func TestEncode(t *testing.T) {
	tests := []struct {
		name    string
		data    []byte
		symbols int
		want    string
	}{
		{"nothing of nothing", nil, 0, ""},
		{"no data is zeros", nil, 3, "000"},
		{"all bits set", []byte{0xff, 0xff, 0xff, 0xff, 0xff}, 8, "ZZZZZZZZ"},
		{"the first five bits make the first symbol", []byte{0b10000_000}, 1, "G"},
		{"a symbol reaches into the next byte", []byte{0b00000_000, 0b01_000000}, 2, "01"},
		{"past the end, bits are zero", []byte{0b11111_111}, 2, "ZW"},
		{"what is not asked for is left out", []byte{0, 0xff}, 1, "0"},
		{"every symbol has its value", []byte{0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf, 0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf}, 32, Alphabet},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Encode(tt.data, tt.symbols); got != tt.want {
				t.Errorf("Encode(%x, %d) = %q, want %q", tt.data, tt.symbols, got, tt.want)
			}
		})
	}
}

// The text is the number that the bits write, in base 32: computed here by
// division, from the other end.
func TestEncodeIsANumberInBase32(t *testing.T) {
	r := random()
	for range 2000 {
		data := make([]byte, 1+r.IntN(40))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		symbols := len(data) * 8 / 5
		number := new(big.Int).SetBytes(data)
		number.Rsh(number, uint(len(data)*8-symbols*5))
		want := make([]byte, symbols)
		for i := symbols - 1; i >= 0; i-- {
			digit := new(big.Int)
			number.DivMod(number, big.NewInt(32), digit)
			want[i] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digit.Int64()]
		}
		if got := Encode(data, symbols); got != string(want) {
			t.Fatalf("Encode(%x, %d) = %q, want %q", data, symbols, got, want)
		}
	}
}

// The table of https://www.crockford.com/base32.html: what is read as each value.
var specification = []string{
	"0Oo", "1IiLl", "2", "3", "4", "5", "6", "7", "8", "9", "Aa", "Bb", "Cc", "Dd", "Ee", "Ff",
	"Gg", "Hh", "Jj", "Kk", "Mm", "Nn", "Pp", "Qq", "Rr", "Ss", "Tt", "Vv", "Ww", "Xx", "Yy", "Zz",
	"*", "~", "$", "=", "Uu",
}

func TestValueOfEveryByte(t *testing.T) {
	for c := range 256 {
		want, known := 0, false
		for value, read := range specification {
			if strings.IndexByte(read, byte(c)) >= 0 {
				want, known = value, true
			}
		}
		if value, ok := CheckValue(byte(c)); ok != known || value != want {
			t.Errorf("CheckValue(%q) = %d, %t; want %d, %t", rune(c), value, ok, want, known)
		}
		if want > 31 {
			want, known = 0, false
		}
		if value, ok := Value(byte(c)); ok != known || value != want {
			t.Errorf("Value(%q) = %d, %t; want %d, %t", rune(c), value, ok, want, known)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name    string
		symbols string
		want    byte
	}{
		{"nothing is zero", "", '0'},
		{"1234 is 16J, and 1234 mod 37 is 13", "16J", 'D'},
		{"1337 is 19S, and 1337 mod 37 is 5", "19S", '5'},
		{"32", "10", '*'},
		{"33", "11", '~'},
		{"34", "12", '$'},
		{"35", "13", '='},
		{"36", "14", 'U'},
		{"37 is 0 again", "15", '0'},
		{"small letters count as capitals", "16j", 'D'},
		{"I and L are 1, O is 0", "IO", '*'},
		{"leading zeros change nothing", "000016J", 'D'},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Check(tt.symbols); got != tt.want {
				t.Errorf("Check(%q) = %q, want %q", tt.symbols, got, tt.want)
			}
		})
	}
}

// The check symbol is the number modulo 37, computed here with big numbers.
func TestRemainderOfBigNumbers(t *testing.T) {
	r := random()
	for range 2000 {
		text := randomText(r, 1+r.IntN(60))
		number := new(big.Int)
		for i := range len(text) {
			number.Mul(number, big.NewInt(32))
			number.Add(number, big.NewInt(int64(strings.IndexByte(Alphabet, text[i]))))
		}
		want := int(number.Mod(number, big.NewInt(37)).Int64())
		if got := Remainder(text); got != want {
			t.Fatalf("Remainder(%q) = %d, want %d", text, got, want)
		}
	}
}

// Every slip of one symbol, and every swap of two different neighbors, the check
// symbol included, is found: all of them, on random texts.
func TestCheckFindsEverySlip(t *testing.T) {
	r := random()
	for range 200 {
		text := randomText(r, 25)
		check := Check(text)
		for at := range len(text) {
			for _, other := range []byte(Alphabet) {
				slip := text[:at] + string(rune(other)) + text[at+1:]
				if other != text[at] && Check(slip) == check {
					t.Fatalf("%s and %s have the same check symbol %c", text, slip, check)
				}
			}
			if at > 0 && text[at-1] != text[at] {
				swap := text[:at-1] + text[at:at+1] + text[at-1:at] + text[at+1:]
				if Check(swap) == check {
					t.Fatalf("%s and %s have the same check symbol %c", text, swap, check)
				}
			}
		}
		last := text[24]
		if _, ok := Value(check); ok && last != check && Check(text[:24]+string(rune(check))) == last {
			t.Fatalf("%s%c still checks with its last two swapped", text, check)
		}
	}
}
