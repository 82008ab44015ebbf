package certificate

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// bundleSpoilings and certificateSpoilings are all that trials spoil. What is
// under a signature is signed again by the right key: a verifier gets to see it.
func bundleSpoilings() []spoiling {
	of := func(d *draft) *forgery { return &d.bundle }
	return slices.Concat([]spoiling{{"nothing", true, func(*rand.Rand, *draft) {}}},
		textSpoilings(of), headerSpoilings(of), signatureSpoilings(of), memberSpoilings(of), payloadSpoilings(of),
		trustSpoilings(), rootSpoilings())
}

func certificateSpoilings() []spoiling {
	of := func(d *draft) *forgery { return &d.cert }
	return slices.Concat([]spoiling{{"nothing", true, func(*rand.Rand, *draft) {}}},
		textSpoilings(of), headerSpoilings(of), signatureSpoilings(of), memberSpoilings(of), payloadSpoilings(of),
		expectedSpoilings())
}

func choose[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// textSpoilings change the finished text.
func textSpoilings(of func(*draft) *forgery) []spoiling {
	edit := func(change func(*rand.Rand, string) string) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) {
			of(d).edit = func(text string) string { return change(r, text) }
		}
	}
	part := func(change func(*rand.Rand, string) string) func(*rand.Rand, *draft) {
		return edit(func(r *rand.Rand, text string) string {
			parts := strings.Split(text, ".")
			i := r.IntN(len(parts))
			parts[i] = change(r, parts[i])
			return strings.Join(parts, ".")
		})
	}
	return []spoiling{
		{"a bit of the text", false, edit(flipBit)},
		{"a character of the text", false, edit(func(r *rand.Rand, text string) string {
			i := r.IntN(len(text))
			other := strings.IndexByte(base64url, text[i]) + 1 + r.IntN(63)
			return text[:i] + string(base64url[other%64]) + text[i+1:]
		})},
		{"the text, cut off", false, edit(func(r *rand.Rand, text string) string { return text[:r.IntN(len(text))] })},
		{"a character too many", false, edit(func(r *rand.Rand, text string) string {
			return inserted(r, text, choose(r, " ", "\n", "\r", "\t", "\x00", "=", "+", "/", ".", "A", "é", "\u00a0", "\ufeff"))
		})},
		{"padding", false, part(func(r *rand.Rand, part string) string { return part + choose(r, "=", "==", "===") })},
		{"bits that no byte has", false, part(func(_ *rand.Rand, part string) string { return otherLast(part) })},
		{"the standard alphabet", true, part(func(_ *rand.Rand, part string) string {
			return strings.NewReplacer("-", "+", "_", "/").Replace(part)
		})},
		{"an empty part", false, part(func(*rand.Rand, string) string { return "" })},
		{"bits of what was signed", false, part(func(r *rand.Rand, part string) string {
			data, err := encoding.DecodeString(part)
			if err != nil {
				return part + "!"
			}
			return encoding.EncodeToString([]byte(flipBit(r, string(data))))
		})},
		{"parts in another order", false, edit(func(r *rand.Rand, text string) string {
			parts := strings.Split(text, ".")
			slices.Reverse(parts)
			return strings.Join(parts, ".")
		})},
	}
}

// otherLast changes the last bit of the last character, which in two of three
// lengths belongs to no byte.
func otherLast(text string) string {
	if text == "" {
		return "A"
	}
	i := max(0, strings.IndexByte(base64url, text[len(text)-1]))
	return text[:len(text)-1] + string(base64url[i^1])
}

func flipBit(r *rand.Rand, text string) string {
	if text == "" {
		return "x"
	}
	data := []byte(text)
	data[r.IntN(len(data))] ^= 1 << r.IntN(8)
	return string(data)
}

func inserted(r *rand.Rand, text, extra string) string {
	i := choose(r, 0, r.IntN(len(text)+1), len(text))
	return text[:i] + extra + text[i:]
}

// headerSpoilings are signed under another header.
func headerSpoilings(of func(*draft) *forgery) []spoiling {
	// value puts another text into the place of the header's n-th quoted one.
	value := func(n int, other func(*rand.Rand, string) string) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) {
			quoted := strings.Split(of(d).header, `"`)
			quoted[n%len(quoted)] = other(r, quoted[n%len(quoted)])
			of(d).header = strings.Join(quoted, `"`)
		}
	}
	whole := func(change func(*rand.Rand, string) string) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) { of(d).header = change(r, of(d).header) }
	}
	name := func(r *rand.Rand, _ string) string {
		return strings.Repeat(choose(r, "a", "-", "_", "+", ".", "/", "=", " ", "é", "\\u0061", "\x00"), choose(r, 1, 1, 2, 63, 64, 65))
	}
	return []spoiling{
		{"alg", false, value(3, func(r *rand.Rand, _ string) string {
			return choose(r, "none", "None", "es256", "ES256 ", "ES384", "HS256", "EdDSA", "", "ES256\n", "E\\u0053256", strings.Repeat("E", 64))
		})},
		{"alg of other characters", false, value(3, name)},
		{"kid of another key", false, value(7, func(r *rand.Rand, old string) string {
			return choose(r, KeyID(&removedKey.PublicKey), KeyID(&signers[0].PublicKey)+"x", old+"A", "A"+old, "")
		})},
		{"kid in another case", false, value(7, func(r *rand.Rand, old string) string {
			return otherCase(old)
		})},
		{"kid of other characters", false, value(7, name)},
		{"typ of another kind", true, value(11, func(r *rand.Rand, _ string) string {
			return string(choose(r, Activation, Floating, Trust, "JWT", "chariot-certificate", "application/chariot-certificate+jwt", ""))
		})},
		{"typ in another case", false, value(11, func(r *rand.Rand, old string) string {
			return choose(r, strings.ToUpper(old), strings.Replace(old, "chariot", "Chariot", 1)+"X")
		})},
		{"typ of other characters", false, value(11, name)},
		{"a member more in the header", false, whole(func(r *rand.Rand, old string) string {
			more := choose(r, `"alg":"none"`, `"iat":1`, `"crit":["exp"]`, `"b64":true`, `"jwk":{}`, `"kid":"x"`)
			return choose(r, "{"+more+","+old[1:], old[:len(old)-1]+","+more+"}")
		})},
		{"a header in another order", false, whole(func(_ *rand.Rand, old string) string {
			members := strings.Split(strings.Trim(old, "{}"), ",")
			slices.Reverse(members)
			return "{" + strings.Join(members, ",") + "}"
		})},
		{"a byte more in the header", false, whole(func(r *rand.Rand, old string) string {
			return inserted(r, old, choose(r, " ", "\n", "\x00", `"`, "\ufeff", "{", "\xff"))
		})},
		{"a byte less in the header", false, whole(func(r *rand.Rand, old string) string {
			i := r.IntN(len(old))
			return old[:i] + old[i+1:]
		})},
	}
}

// otherCase is the text in small letters or, if it is, in capitals.
func otherCase(text string) string {
	if lower := strings.ToLower(text); lower != text {
		return lower
	}
	return strings.ToUpper(text)
}

// expectedSpoilings are good certificates in the wrong place.
func expectedSpoilings() []spoiling {
	return []spoiling{
		{"another license", false, func(r *rand.Rand, d *draft) {
			d.want.License = choose(r, plantKey.ID(), "", d.want.License+"0")
		}},
		{"another machine", false, func(r *rand.Rand, d *draft) {
			d.want.Machine = choose(r, otherPlant, "", d.want.Machine+"0")
		}},
		{"another nonce", true, func(r *rand.Rand, d *draft) { d.want.Nonce = choose(r, otherNonce, "", "x") }},
		{"another kind", true, func(r *rand.Rand, d *draft) {
			d.want.Kind = choose(r, Activation, Floating, Trust)
			d.cert.header = strings.NewReplacer(string(Activation), string(d.want.Kind), string(Floating), string(d.want.Kind)).Replace(d.cert.header)
		}},
		{"a key outside its time", true, func(r *rand.Rand, d *draft) {
			at := choose(r, d.signer.NotBefore, d.signer.RetiredAt).Add(choose[time.Duration](r, -1, 0, 1) * time.Second)
			d.cert.graft(func(t *tree) { t.set("issuedAt", string(encode(stamp(at)))) })
		}},
	}
}
