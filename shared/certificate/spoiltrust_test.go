package certificate

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// trustSpoilings change what a well signed bundle says of a key.
func trustSpoilings() []spoiling {
	entry := func(change func(*rand.Rand, *draft, *tree)) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) {
			d.bundle.graft(func(t *tree) {
				if k := t.find("kid", `"`+d.signer.KeyID+`"`); k != nil {
					change(r, d, k)
				}
			})
		}
	}
	set := func(name string, other func(*rand.Rand, string) string) func(*rand.Rand, *draft) {
		return entry(func(r *rand.Rand, _ *draft, k *tree) {
			for i := range k.members {
				if old, is := k.members[i].value.(string); is && k.members[i].name == name {
					k.members[i].value = `"` + other(r, strings.Trim(old, `"`)) + `"`
				}
			}
		})
	}
	return []spoiling{
		{"an x of another form", false, set("x", spoiledCoordinate)},
		{"a y of another form", false, set("y", spoiledCoordinate)},
		{"a key off the curve", false, set("y", func(r *rand.Rand, old string) string { return nearby(r, old) })},
		{"another key on the curve", false, set("y", func(_ *rand.Rand, old string) string { return negated(old) })},
		{"a coordinate that is not below p", false, entry(func(r *rand.Rand, _ *draft, k *tree) {
			x, y := unreduced(r)
			k.set("x", `"`+x+`"`)
			k.set("y", `"`+y+`"`)
		})},
		{"a coordinate without the zero in front", false, entry(func(_ *rand.Rand, _ *draft, k *tree) {
			x, y := shortened()
			k.set("x", `"`+x+`"`)
			k.set("y", `"`+y+`"`)
		})},
		{"kty", true, set("kty", func(r *rand.Rand, _ string) string { return choose(r, "EC", "ec", "OKP", "RSA", "EC ") })},
		{"crv", true, set("crv", func(r *rand.Rand, _ string) string { return choose(r, "P-256", "p-256", "P-384", "secp256r1") })},
		{"the alg of a key", true, set("alg", func(r *rand.Rand, _ string) string { return choose(r, "ES256", "es256", "ES384", "none", "ML-DSA-44") })},
		{"an alg of tomorrow", false, entry(func(r *rand.Rand, d *draft, k *tree) {
			k.set("alg", `"Ed25519"`)
			d.cert.header = strings.Replace(d.cert.header, "ES256", "Ed25519", 1)
		})},
		{"the kid of a key", false, set("kid", func(r *rand.Rand, old string) string {
			return choose(r, otherCase(old), old+"A", strings.Repeat("k", 64), strings.Repeat("k", 65), "a b", "k/", "é", "")
		})},
		{"a use", true, entry(func(r *rand.Rand, d *draft, k *tree) {
			k.set("use", choose(r, `[]`, `["chariot-floating+jwt"]`, `["chariot-trust+jwt"]`, `["CHARIOT-CERTIFICATE+JWT"]`, `["x"]`, `[null]`, `[1]`, `"chariot-certificate+jwt"`,
				`["chariot-certificate+jwt","chariot-certificate+jwt"]`, `["chariot-certificate"]`, `[["chariot-certificate+jwt"]]`, `[""]`))
		})},
		{"the edges of a key's time", true, entry(func(r *rand.Rand, d *draft, k *tree) {
			name := choose(r, "notBefore", "retiredAt")
			k.set(name, string(encode(issuedOf(d.cert.payload).Add(choose[time.Duration](r, -1, 0, 1)*time.Second))))
		})},
		{"a key twice", false, func(r *rand.Rand, d *draft) {
			d.bundle.payload = strings.Replace(d.bundle.payload, `"keys":[`, `"keys":[`+string(encode(choose(r, d.world.Keys...)))+`,`, 1)
		}},
		{"version", true, func(r *rand.Rand, d *draft) {
			d.minVersion = max(0, d.world.Version+choose[int64](r, -1, 0, 1, 100))
		}},
	}
}

// issuedOf is when a certificate was issued; the new year where it does not say.
func issuedOf(payload string) time.Time {
	if c, err := Parse([]byte(payload)); err == nil {
		return c.IssuedAt
	}
	return newYear
}

func spoiledCoordinate(r *rand.Rand, old string) string {
	if old == "" {
		return old
	}
	data, _ := encoding.DecodeString(old)
	return choose(r, old+"=", otherLast(old), old[1:], "A"+old, old+"\u2028", "+"+old[1:], "/"+old[1:], "",
		encoding.EncodeToString(append([]byte{0}, data...)), encoding.EncodeToString(data[:max(0, len(data)-1)]), strings.Repeat("A", 43), old+" ")
}

// nearby is another number of 32 bytes: with the x of the key it is no point.
func nearby(r *rand.Rand, coordinate string) string {
	data, err := encoding.DecodeString(coordinate)
	if err != nil || len(data) != coordinateSize {
		return coordinate
	}
	return encoding.EncodeToString([]byte(flipBit(r, string(data))))
}

// negated is p - y: the point on the other side of the curve.
func negated(coordinate string) string {
	data, err := encoding.DecodeString(coordinate)
	p := elliptic256.P
	y := new(big.Int).SetBytes(data)
	if err != nil || y.Cmp(p) >= 0 {
		return coordinate
	}
	return encoding.EncodeToString(y.Sub(p, y).FillBytes(make([]byte, coordinateSize)))
}

// unreduced is a point whose x is written as x + p, which fits in 32 bytes where
// x is small: reduced, it is on the curve.
func unreduced(r *rand.Rand) (x, y string) {
	p := elliptic256.P
	for small := big.NewInt(int64(r.IntN(1 << 20))); ; small.Add(small, big.NewInt(1)) {
		right := new(big.Int).Exp(small, big.NewInt(3), p)
		right.Sub(right, new(big.Int).Mul(small, big.NewInt(3))).Add(right, elliptic256.B).Mod(right, p)
		if root := new(big.Int).ModSqrt(right, p); root != nil {
			return encoding.EncodeToString(new(big.Int).Add(small, p).Bytes()), encoding.EncodeToString(root.FillBytes(make([]byte, coordinateSize)))
		}
	}
}

// shortened is a point whose y is written in 31 bytes: as a number it is the same.
var shortened = sync.OnceValues(func() (x, y string) {
	for i := 0; ; i++ {
		key := newJWK(&testKey(fmt.Sprint(i)).PublicKey)
		if data, _ := encoding.DecodeString(key.Y); data[0] == 0 {
			return key.X, encoding.EncodeToString(data[1:])
		}
	}
})

// rootSpoilings change the pinned keys.
func rootSpoilings() []spoiling {
	each := func(change func(*rand.Rand, *RootKey)) func(*rand.Rand, *draft) {
		return func(r *rand.Rand, d *draft) {
			d.roots = slices.Clone(d.roots)
			for i := range d.roots {
				change(r, &d.roots[i])
			}
		}
	}
	return []spoiling{
		{"other roots", true, func(r *rand.Rand, d *draft) {
			root, spare, strange := NewRootKey(&rootKey.PublicKey), NewRootKey(&spareRoot.PublicKey), NewRootKey(&strangeRoot.PublicKey)
			d.roots = choose(r, []RootKey{}, []RootKey{strange}, []RootKey{root}, []RootKey{spare}, []RootKey{strange, spare, root})
		}},
		{"a root of another kid", false, each(func(r *rand.Rand, k *RootKey) { k.KeyID = choose(r, otherCase(k.KeyID), k.KeyID+"A", "") })},
		{"a root of another alg", false, each(func(r *rand.Rand, k *RootKey) { k.Algorithm = choose(r, "", "es256", "ES384") })},
		{"a root of tomorrow", false, func(r *rand.Rand, d *draft) {
			each(func(_ *rand.Rand, k *RootKey) { k.Algorithm = "Ed25519" })(r, d)
			d.bundle.header = strings.Replace(d.bundle.header, "ES256", "Ed25519", 1)
		}},
		{"a root that is no key", false, each(func(r *rand.Rand, k *RootKey) { k.Y = choose(r, nearby(r, k.Y), "", k.X, k.Y+"=", k.Y+"\n") })},
		{"a root of another type", false, each(func(r *rand.Rand, k *RootKey) {
			k.KeyType, k.Curve = choose(r, "", "ec", "EC"), choose(r, "", "P-384", "p-256")
		})},
		{"a root that signed nothing", false, func(r *rand.Rand, d *draft) { d.bundle.key = strangeRoot }},
		{"a signing key as a root", false, func(r *rand.Rand, d *draft) {
			d.bundle = genuine(choose(r, signers...), Trust, []byte(d.bundle.payload))
		}},
	}
}
