// Package crockford is Douglas Crockford's base32: the alphabet that people
// read aloud and retype with the fewest mistakes, and its mod-37 check symbol.
//
// Source: https://www.crockford.com/base32.html
package crockford

// Alphabet holds the 32 symbols in order of their values.
const Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// checkAlphabet adds the five symbols that only a check symbol may be.
const checkAlphabet = Alphabet + "*~$=U"

// Encode returns the first 5·symbols bits of data, the most significant first.
// Bits past the end of data are zero.
func Encode(data []byte, symbols int) string {
	out := make([]byte, symbols)
	for i := range out {
		var value byte
		for bit := i * 5; bit < i*5+5; bit++ {
			value <<= 1
			if bit/8 < len(data) {
				value |= data[bit/8] >> (7 - bit%8) & 1
			}
		}
		out[i] = Alphabet[value]
	}
	return string(out)
}

// Value returns what a symbol stands for, 0 to 31. As a person may write them,
// small letters count as capitals, I and L as 1, and O as 0.
func Value(symbol byte) (value int, ok bool) {
	switch c := upper(symbol); {
	case c >= '0' && c <= '9':
		return int(c - '0'), true
	case c == 'I' || c == 'L':
		return 1, true
	case c == 'O':
		return 0, true
	default:
		return index(Alphabet, c)
	}
}

// CheckValue is Value for a check symbol: 0 to 36.
func CheckValue(symbol byte) (value int, ok bool) {
	if value, ok := Value(symbol); ok {
		return value, true
	}
	return index(checkAlphabet, upper(symbol))
}

// Check returns the check symbol of a text of symbols: the number they write,
// modulo 37. It changes with any one symbol, and with any two neighbors swapped.
// All of them must be symbols that Value knows; others count as 0.
func Check(symbols string) byte {
	return checkAlphabet[Remainder(symbols)]
}

// Remainder is the number that the symbols write, modulo 37.
func Remainder(symbols string) int {
	remainder := 0
	for i := range len(symbols) {
		value, _ := Value(symbols[i])
		remainder = (remainder*32 + value) % 37
	}
	return remainder
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func index(alphabet string, c byte) (int, bool) {
	for i := range len(alphabet) {
		if alphabet[i] == c {
			return i, true
		}
	}
	return 0, false
}
