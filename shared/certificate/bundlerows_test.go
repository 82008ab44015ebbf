package certificate

import "strings"

// goodBundleRows have a bundle that is good in an unusual way, and a certificate
// that it makes good or bad.
func goodBundleRows() []row {
	return []row{
		{"bundle by the second root", "", func(d *draft) { d.bundle = genuine(spareRoot, Trust, sampleBundle().Payload()) }},
		{"bundle of a higher version", "", func(d *draft) { d.trust(func(b *Bundle) { b.Version = 8 }) }},
		{"first bundle ever", "", func(d *draft) {
			d.minVersion = 0
			d.trust(func(b *Bundle) { b.Version = 0 })
		}},
		{"bundle with unknown members", "", func(d *draft) {
			d.bundle.swap(`"keys":[{`, `"note":{"a":1},"keys":[{"owner":"plant",`)
		}},
		{"bundle with a key of an unknown algorithm", "", func(d *draft) {
			d.bundle.swap(`"keys":[`, `"keys":[{"kid":"new","kty":"AKP","alg":"ML-DSA-44","pub":"AA","use":["chariot-certificate+jwt"],"notBefore":"2026-01-01T00:00:00Z"},`)
		}},
		{"bundle with an unknown use", "", func(d *draft) { d.bundle.swap(`"use":[`, `"use":["chariot-orbit+jwt",`) }},
		{"key ID that is no thumbprint", "", func(d *draft) {
			d.trust(func(b *Bundle) { b.Keys[0].KeyID = "spring-2026" })
			d.cert.header = mustReplace(d.cert.header, KeyID(&currentKey.PublicKey), "spring-2026")
		}},
		{"bundle without keys", "unknown-key", func(d *draft) { d.trust(func(b *Bundle) { b.Keys = nil }) }},
	}
}

// bundleRows have a bundle that must be refused.
func bundleRows() []row {
	keyed := func(change func(*TrustedKey)) func(*draft) {
		return func(d *draft) { d.trust(func(b *Bundle) { change(&b.Keys[0]) }) }
	}
	head := func(old, new string) func(*draft) {
		return func(d *draft) { d.bundle.header = mustReplace(d.bundle.header, old, new) }
	}
	return append(bundlePayloadRows(), []row{
		{"bundle cut off", "compact", func(d *draft) { d.bundle.edit = func(text string) string { return text[:200] } }},
		{"bundle empty", "compact", func(d *draft) { d.bundle.edit = func(string) string { return "" } }},
		{"bundle with an unknown header member", "header", head(`}`, `,"iat":1}`)},
		{"bundle with the typ of a certificate", "kind", head("chariot-trust", "chariot-certificate")},
		{"certificate as a bundle", "kind", func(d *draft) { d.bundle = d.cert }},
		{"bundle by an unknown root", "root", func(d *draft) { d.bundle = genuine(strangeRoot, Trust, sampleBundle().Payload()) }},
		{"bundle by one of its own keys", "root", func(d *draft) { d.bundle = genuine(currentKey, Trust, sampleBundle().Payload()) }},
		{"no root pinned", "root", func(d *draft) { d.roots = []RootKey{} }},
		{"bundle with alg none", "algorithm", head("ES256", "none")},
		{"root of another algorithm", "algorithm", func(d *draft) { d.roots[0].Algorithm = "ES384" }},
		{"root of an unknown algorithm", "unsupported", func(d *draft) {
			d.roots[0].Algorithm = "ES384"
			d.bundle.header = mustReplace(d.bundle.header, "ES256", "ES384")
		}},
		{"root that is not on the curve", "key", func(d *draft) { d.roots[0].Y = d.roots[0].X }},
		{"root with a line break in a coordinate", "key", func(d *draft) { d.roots[0].X += "\n" }},
		{"bundle signed by another root than it names", "signature", func(d *draft) { d.bundle.key = spareRoot }},
		{"bundle with high s", "signature-form", func(d *draft) { d.bundle.signature = highS }},
		{"bundle replayed", "replayed", func(d *draft) { d.minVersion = 8 }},
		{"bundle with a key that is not on the curve", "key", keyed(func(k *TrustedKey) { k.Y = k.X })},
		{"bundle with a key at infinity", "key", keyed(func(k *TrustedKey) {
			k.X, k.Y = strings.Repeat("A", 43), strings.Repeat("A", 43)
		})},
		{"bundle with a coordinate of 31 bytes", "key", keyed(func(k *TrustedKey) { k.X = k.X[:42] })},
		{"bundle with a coordinate of 33 bytes", "key", keyed(func(k *TrustedKey) { k.X = "A" + k.X })},
		{"bundle with coordinates of 31 and 33 bytes", "key", keyed(func(k *TrustedKey) {
			x, _ := encoding.DecodeString(k.X)
			y, _ := encoding.DecodeString(k.Y)
			k.X, k.Y = encoding.EncodeToString(x[:31]), encoding.EncodeToString(append(x[31:], y...))
		})},
		{"bundle with a padded coordinate", "key", keyed(func(k *TrustedKey) { k.X += "=" })},
		{"bundle with trailing bits in a coordinate", "key", keyed(func(k *TrustedKey) { k.X = nextLast(k.X) })},
		{"bundle with a key on P-384", "key", keyed(func(k *TrustedKey) { k.Curve = "P-384" })},
		{"bundle with a key of type OKP", "key", keyed(func(k *TrustedKey) { k.KeyType = "OKP" })},
	}...)
}

// bundlePayloadRows are well signed by a root, but not of the form.
func bundlePayloadRows() []row {
	swap := func(old, new string) func(*draft) {
		return func(d *draft) { d.bundle.swap(old, new) }
	}
	return []row{
		{"bundle without version", "payload", swap(`"version"`, `"Version"`)},
		{"bundle with version a text", "payload", swap(`"version":7`, `"version":"7"`)},
		{"bundle without issuedAt", "payload", swap(`"issuedAt"`, `"old"`)},
		{"bundle without keys member", "payload", swap(`"keys"`, `"old"`)},
		{"bundle with duplicate version", "payload", swap(`"version":7`, `"version":7,"version":8`)},
		{"bundle with duplicate kid in a key", "payload", swap(`{"kid"`, `{"kid":"x","kid"`)},
		{"bundle with a key ID twice", "payload", func(d *draft) {
			d.trust(func(b *Bundle) { b.Keys = append(b.Keys, b.Keys[0]) })
		}},
		{"bundle with a key ID of another character", "payload", func(d *draft) {
			d.trust(func(b *Bundle) { b.Keys[0].KeyID = "spring 2026" })
		}},
		{"bundle with a key without use", "payload", swap(`"use"`, `"old"`)},
		{"bundle with use a text", "payload", swap(`"use":["chariot-certificate+jwt"]`, `"use":"chariot-certificate+jwt"`)},
		{"bundle with an empty use", "payload", swap(`"use":[`, `"use":["",`)},
		{"bundle with a key without alg", "payload", swap(`"alg"`, `"old"`)},
		{"bundle with a key without x", "payload", swap(`"x"`, `"old"`)},
		{"bundle with a key without notBefore", "payload", swap(`"notBefore"`, `"old"`)},
		{"bundle with retiredAt null", "payload", swap(`"notBefore"`, `"retiredAt":null,"notBefore"`)},
	}
}

func highS(signature []byte) []byte {
	r, s := halves(signature)
	return raw(r, s.Sub(curveOrder, s))
}
