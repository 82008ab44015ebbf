package certificate

import (
	"encoding/asn1"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
)

// signatureSpoilings change the 64 bytes.
func signatureSpoilings(of func(*draft) *forgery) []spoiling {
	change := func(f func(r *rand.Rand, signature []byte) []byte) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) {
			of(d).signature = func(signature []byte) []byte { return f(r, signature) }
		}
	}
	one := big.NewInt(1)
	half := new(big.Int).Rsh(curveOrder, 1)
	edges := []*big.Int{
		big.NewInt(0), one, half, new(big.Int).Add(half, one), new(big.Int).Sub(curveOrder, one), curveOrder,
		new(big.Int).Add(curveOrder, one), new(big.Int).Sub(new(big.Int).Lsh(one, 256), one),
	}
	return []spoiling{
		{"r at an edge", false, change(func(r *rand.Rand, s []byte) []byte { _, v := halves(s); return raw(choose(r, edges...), v) })},
		{"s at an edge", false, change(func(r *rand.Rand, s []byte) []byte { u, _ := halves(s); return raw(u, choose(r, edges...)) })},
		{"r and s at edges", false, change(func(r *rand.Rand, _ []byte) []byte { return raw(choose(r, edges...), choose(r, edges...)) })},
		{"high s", false, change(func(_ *rand.Rand, s []byte) []byte { return highS(s) })},
		{"r and s swapped", false, change(func(_ *rand.Rand, s []byte) []byte { return slices.Concat(s[32:], s[:32]) })},
		{"a signature of another length", false, change(func(r *rand.Rand, s []byte) []byte {
			return choose(r, s[:63], s[:32], s[:1], append(s, 0), append([]byte{0}, s...), slices.Concat(s, s), slices.Concat(s[:32], []byte{0}, s[32:]))
		})},
		{"a signature in DER", false, change(func(_ *rand.Rand, s []byte) []byte {
			u, v := halves(s)
			der, _ := asn1.Marshal(struct{ R, S *big.Int }{u, v})
			return der
		})},
		{"a bit of the signature", false, change(func(r *rand.Rand, s []byte) []byte { return []byte(flipBit(r, string(s))) })},
		{"the signature of another key", false, func(_ *rand.Rand, d *draft) { of(d).key = strangeRoot }},
		{"the signature of another text", false, func(r *rand.Rand, d *draft) {
			other := sign(of(d).key, "x")
			of(d).signature = func([]byte) []byte { return other }
		}},
	}
}

// memberSpoilings are well signed, but a member is not of its form.
func memberSpoilings(of func(*draft) *forgery) []spoiling {
	at := func(change func(*rand.Rand, *tree)) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) {
			of(d).graft(func(t *tree) {
				if inner := t.any(r); len(inner.members) > 0 {
					change(r, inner)
				}
			})
		}
	}
	value := func(other func(*rand.Rand) string) func(*rand.Rand, *draft) {
		return at(func(r *rand.Rand, t *tree) { t.members[r.IntN(len(t.members))].value = other(r) })
	}
	named := func(names []string, other func(*rand.Rand) string) func(*rand.Rand, *draft) {
		return at(func(r *rand.Rand, t *tree) { t.set(choose(r, names...), other(r)) })
	}
	return []spoiling{
		{"a member less", true, at(func(r *rand.Rand, t *tree) {
			i := r.IntN(len(t.members))
			t.members = slices.Delete(t.members, i, i+1)
		})},
		{"a member twice", false, at(func(r *rand.Rand, t *tree) {
			again := choose(r, t.members...)
			if r.IntN(2) == 0 {
				again.value = "1"
			}
			t.members = slices.Insert(t.members, r.IntN(len(t.members)+1), again)
		})},
		{"an unknown member twice", false, at(func(r *rand.Rand, t *tree) {
			t.set("more", choose(r, `[{"a":1,"b":2,"a":1}]`, `{"a":{"é":1,"é":2}}`, `1,"more":2`))
		})},
		{"a name in another case", true, at(func(r *rand.Rand, t *tree) {
			i := r.IntN(len(t.members))
			if r.IntN(2) == 0 {
				t.members = append(t.members, t.members[i]) // the right one stays
			}
			t.members[i].name = choose(r, strings.ToUpper, strings.ToLower, func(name string) string { return name + " " })(t.members[i].name)
		})},
		{"members in another order", true, at(func(r *rand.Rand, t *tree) {
			r.Shuffle(len(t.members), func(i, j int) { t.members[i], t.members[j] = t.members[j], t.members[i] })
		})},
		{"null", false, value(func(*rand.Rand) string { return "null" })},
		{"a value of another type", true, value(func(r *rand.Rand) string {
			return choose(r, "true", "false", "0", `"x"`, "[]", "{}", "[1]", "[null]", `[""]`, "[[]]", "[{}]", `{"name":"a"}`, `["x"]`)
		})},
		{"a number", true, named([]string{"revision", "sequence", "version"}, randomNumber)},
		{"a time", true, named([]string{"issuedAt", "expires", "graceUntil", "contactBy", "until", "notBefore", "retiredAt"}, randomTimeText)},
		{"a text", true, value(randomText)},
		{"enforce and deployment", true, named([]string{"enforce", "deployment"}, func(r *rand.Rand) string {
			return choose(r, `"warn"`, `"stop"`, `"degrade"`, `"STOP"`, `"Stop"`, `"stop "`, `"explode"`, `""`, `null`, `"é"`)
		})},
		{"a flag", true, named([]string{"metered"}, func(r *rand.Rand) string {
			return choose(r, "true", "false", "True", "FALSE", "1", "0", `"true"`, "null", "tru", "truee")
		})},
		{"an unknown member", true, at(func(r *rand.Rand, t *tree) {
			t.members = slices.Insert(t.members, r.IntN(len(t.members)+1), branch{"plant", randomText(r)})
		})},
		{"depth", true, at(func(r *rand.Rand, t *tree) {
			t.set("more", deep(r, choose(r, 11, 12, 13, 14, 15, 16, 17, 64, 65, 300, 5000)))
		})},
	}
}

// deep nests arrays and objects.
func deep(r *rand.Rand, depth int) string {
	start, end := "", ""
	for range depth {
		if r.IntN(2) == 0 {
			start, end = start+"[", "]"+end
		} else {
			start, end = start+`{"a":`, "}"+end
		}
	}
	return start + "1" + end
}

func randomNumber(r *rand.Rand) string {
	return choose(r, "0", "1", "-0", "-1", "01", "+1", "1.0", "1.5", "1e0", "1E3", "1e400", "-1e-400", "9223372036854775807", "9223372036854775808",
		"9223372036854775806", "18446744073709551615", "99999999999999999999999", "0x10", "NaN", "Infinity", `"3"`, "1_000", ".5", "5.", "1e", "00", "-",
		"\uff13", "1 ", " 1", "- 1", fmt.Sprint(r.Int64()), fmt.Sprint(r.Uint64()), "-9223372036854775808", "2147483648", "null")
}

func randomTimeText(r *rand.Rand) string {
	year := choose(r, r.IntN(10000), 1969, 1970, 1971, 2000, 2024, 2026, 2100, 9999)
	month, day := choose(r, r.IntN(14), 2, 2, 4, 12), choose(r, r.IntN(33), 28, 29, 30, 31)
	hour, minute, second := choose(r, r.IntN(26), 23, 24), choose(r, r.IntN(62), 59), choose(r, r.IntN(62), 59, 60)
	text := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute, second)
	good := "2026-03-01T12:00:00Z"
	return `"` + choose(r, text, text, text, good,
		strings.Replace(good, "T", choose(r, "t", " ", "", "T "), 1), strings.Replace(good, "Z", choose(r, "z", "", "+00:00", "-00:00", "+01:00", " Z", "ZZ"), 1),
		strings.Replace(good, ":00Z", choose(r, ":00.0Z", ":00.000Z", ":00.5Z", ":00,5Z", "Z", ":0Z", ":000Z", ":00.Z"), 1),
		strings.Replace(good, "2026", choose(r, "+2026", "-2026", "+10000", "-0001", "02026", "226", "26", "０026"), 1),
		strings.Replace(good, "T12", choose(r, "T2", "T 2", "T+2", "T1２"), 1), strings.Replace(good, "-03-", choose(r, "-3-", "/03/", "-W09-", "-Mar-"), 1),
		"20260301T120000Z", "2026-060T12:00:00Z", "", " ", text+"\u2028", flipBit(r, good)) + `"`
}

func randomText(r *rand.Rand) string {
	return `"` + choose(r, "", "a", " ", "\x7f", "é", "e\u0301", "\ufeffx", "\u2028\u2029", "\ufffd", "\uffff", "\U0001f600", "<>&'", strings.Repeat("x", 3000),
		"\u0085", "\u00ad", "\u200b", "\U0010ffff", "/", "lic_0", "ES256", "P-256", "EC", "\x1f", "\t", `\n`, `\"`, `\u0041`, `\ud800`, "a\x00b",
		"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xf0\x9f\x98") + `"`
}

// payloadSpoilings are well signed, but no JSON that is ours.
func payloadSpoilings(of func(*draft) *forgery) []spoiling {
	whole := func(change func(*rand.Rand, string) string) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) { of(d).payload = change(r, of(d).payload+" ") }
	}
	return []spoiling{
		{"a byte more in the payload", true, whole(func(r *rand.Rand, old string) string {
			return inserted(r, old, choose(r, " ", "\t", "\n", "\x00", `"`, `\`, ",", ":", "{", "}", "[", "]", "0", "é", "\xff", "\x7f"))
		})},
		{"a byte less in the payload", true, whole(func(r *rand.Rand, old string) string {
			i := r.IntN(len(old))
			return old[:i] + old[i+1:]
		})},
		{"a bit of the payload, signed again", true, whole(flipBit)},
		{"the payload cut off, signed again", false, whole(func(r *rand.Rand, old string) string { return old[:r.IntN(max(1, len(old)-2))] })},
		{"another payload", false, whole(func(r *rand.Rand, old string) string {
			return choose(r, "[]", "{}", "null", "true", "0", `""`, "hello", " ", "\ufeff"+old, "["+old+"]", old+old, old+"null", old+"//", `{"a":`+old+`}`, "'a'")
		})},
		{"spaces", true, whole(func(_ *rand.Rand, old string) string {
			return " " + strings.NewReplacer(",", " , ", ":{", " : {", "[", "[ ", "]", " ]").Replace(old)
		})},
		{"a comma too many", false, whole(func(r *rand.Rand, old string) string {
			return choose(r, strings.Replace(old, ",", ",,", 1), strings.Replace(old, "} ", ",} ", 1), strings.Replace(old, "{", "{,", 1), strings.Replace(old, "]", ",]", 1))
		})},
		{"a quote that is none", false, whole(func(_ *rand.Rand, old string) string { return strings.Replace(old, `"`, "'", 2) })},
	}
}
