package certificate

import (
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"time"
)

// compactRows are not spelled as they must be.
func compactRows() []row {
	edit := func(f func(string) string) func(*draft) {
		return func(d *draft) { d.cert.edit = f }
	}
	part := func(i int, f func(string) string) func(*draft) {
		return edit(func(text string) string {
			parts := strings.Split(text, ".")
			parts[i] = f(parts[i])
			return strings.Join(parts, ".")
		})
	}
	insert := func(at int, extra string) func(string) string {
		return func(text string) string { return text[:at] + extra + text[at:] }
	}
	return []row{
		{"empty", "compact", edit(func(string) string { return "" })},
		{"two dots", "compact", edit(func(string) string { return ".." })},
		{"without a signature part", "compact", edit(func(text string) string { return text[:strings.LastIndex(text, ".")] })},
		{"empty signature", "compact", part(2, func(string) string { return "" })},
		{"empty header", "compact", part(0, func(string) string { return "" })},
		{"empty payload", "compact", part(1, func(string) string { return "" })},
		{"extra dot at the end", "compact", edit(func(text string) string { return text + "." })},
		{"a fourth part", "compact", edit(func(text string) string { return text + ".AAAA" })},
		{"without its last character", "compact", edit(func(text string) string { return text[:len(text)-1] })},
		{"padded", "compact", edit(func(text string) string { return text + "==" })},
		{"trailing bits of the signature", "compact", edit(nextLast)},
		{"trailing bits of the payload", "compact", trailingPayload},
		{"standard base64 alphabet", "compact", part(2, func(text string) string { return "+" + text[1:] })},
		{"space before", "compact", edit(insert(0, " "))},
		{"space inside", "compact", edit(insert(40, " "))},
		{"line break after", "compact", edit(func(text string) string { return text + "\n" })},
		{"line break inside", "compact", edit(insert(40, "\n"))},
		{"carriage return inside", "compact", edit(insert(40, "\r"))},
		{"NUL after", "compact", edit(func(text string) string { return text + "\x00" })},
		{"not ASCII", "compact", edit(insert(40, "é"))},
	}
}

// nextLast replaces the last character by its neighbor, which differs only in
// bits that no byte has.
func nextLast(text string) string {
	i := strings.IndexByte(base64url, text[len(text)-1])
	return text[:len(text)-1] + string(base64url[i+1])
}

func trailingPayload(d *draft) {
	for len(d.cert.payload)%3 != 1 {
		d.cert.payload += " "
	}
	d.cert.edit = func(text string) string {
		parts := strings.Split(text, ".")
		parts[1] = nextLast(parts[1])
		return strings.Join(parts, ".")
	}
}

// headerRows are well signed under another header.
func headerRows() []row {
	swap := func(old, new string) func(*draft) {
		return func(d *draft) { d.cert.header = mustReplace(d.cert.header, old, new) }
	}
	const last = `"typ":"chariot-certificate+jwt"`
	own := newJWK(&removedKey.PublicKey)
	return []row{
		{"alg none", "algorithm", swap("ES256", "none")},
		{"alg HS256", "algorithm", swap("ES256", "HS256")},
		{"alg ES384", "algorithm", swap("ES256", "ES384")},
		{"alg in small letters", "algorithm", swap("ES256", "es256")},
		{"alg empty", "header", swap("ES256", "")},
		{"alg null", "header", swap(`"ES256"`, `null`)},
		{"kid of another character", "header", swap(`"kid":"`, `"kid":"/`)},
		{"kid empty", "header", func(d *draft) { d.cert.header = mustReplace(d.cert.header, KeyID(&currentKey.PublicKey), "") }},
		{"kid of 65 characters", "header", swap(`"kid":"`, `"kid":"`+strings.Repeat("k", 43))},
		{"without typ", "header", swap(`,`+last, ``)},
		{"typ in other case", "kind", swap("chariot-certificate", "Chariot-certificate")},
		{"typ JWT", "kind", swap("chariot-certificate+jwt", "JWT")},
		{"typ of a media type", "kind", swap("chariot-certificate", "application/chariot-certificate")},
		{"typ of a floating entitlement", "kind", swap("chariot-certificate", "chariot-floating")},
		{"typ of a trust bundle", "kind", swap("chariot-certificate", "chariot-trust")},
		{"unknown header member", "header", swap(last, last+`,"iat":1`)},
		{"jwk in the header", "header", swap(last, last+`,"jwk":`+string(encode(own)))},
		{"jku in the header", "header", swap(last, last+`,"jku":"https://example.com/keys"`)},
		{"x5c in the header", "header", swap(last, last+`,"x5c":[]`)},
		{"crit in the header", "header", swap(last, last+`,"crit":["exp"],"exp":1`)},
		{"b64 in the header", "header", swap(last, last+`,"b64":true`)},
		{"duplicate alg", "header", swap(`{`, `{"alg":"none",`)},
		{"duplicate alg in place of kid", "header", swap(`"kid"`, `"alg"`)},
		{"duplicate kid", "header", swap(last, last+`,"kid":"x"`)},
		{"header reordered", "header", swap(`{"alg":"ES256",`, `{`+last+`,"alg":"ES256",`)},
		{"space in the header", "header", swap(`{`, `{ `)},
		{"line break after the header", "header", swap(last+`}`, last+"}\n")},
		{"escape in a header name", "header", swap(`"alg"`, `"\u0061lg"`)},
		{"escape in a header value", "header", swap(`ES256`, `\u0045S256`)},
		{"header name in capitals", "header", swap(`"alg"`, `"ALG"`)},
		{"header is no object", "header", swap(`{`, `[`)},
		{"byte order mark", "header", swap(`{`, "\ufeff{")},
	}
}

// keyRows are signed with a key that is not good for them.
func keyRows() []row {
	return []row{
		{"key that is not in the bundle", "unknown-key", func(d *draft) { d.carry(removedKey, func(*Certificate) {}) }},
		{"key that was removed from the bundle", "unknown-key", func(d *draft) {
			d.trust(func(b *Bundle) { b.Version, b.Keys = 8, b.Keys[1:] })
		}},
		{"root key", "unknown-key", func(d *draft) { d.carry(rootKey, func(*Certificate) {}) }},
		{"key for floating entitlements only", "key-use", func(d *draft) { d.carry(floatingKey, func(*Certificate) {}) }},
		{"entitlement by a key for certificates only", "key-use", func(d *draft) {
			d.want.Kind = Floating
			d.carry(currentKey, func(*Certificate) {})
		}},
		{"key for nothing", "key-use", func(d *draft) { d.trust(func(b *Bundle) { b.Keys[0].Use = nil }) }},
		{"trust is no kind of a certificate", "key-use", func(d *draft) {
			d.want.Kind = Trust
			d.trust(func(b *Bundle) { b.Keys[0].Use = []Kind{Trust, Activation} })
			d.carry(currentKey, func(*Certificate) {})
		}},
		{"key of another algorithm", "algorithm", func(d *draft) {
			d.trust(func(b *Bundle) { b.Keys[0].Algorithm = "Ed25519" })
		}},
		{"algorithm that a later version may know", "unsupported", func(d *draft) {
			d.trust(func(b *Bundle) { b.Keys[0].Algorithm = "Ed25519" })
			d.cert.header = mustReplace(d.cert.header, "ES256", "Ed25519")
		}},
		{"second before notBefore", "key-period", func(d *draft) {
			d.carry(currentKey, func(c *Certificate) { c.IssuedAt = newYear.Add(-time.Second) })
		}},
		{"announced key, not yet in use", "key-period", func(d *draft) { d.carry(nextKey, func(*Certificate) {}) }},
		{"second of retiredAt", "key-period", func(d *draft) {
			d.carry(retiredKey, func(c *Certificate) { c.IssuedAt = newYear })
		}},
		{"after retiredAt", "key-period", func(d *draft) { d.carry(retiredKey, func(*Certificate) {}) }},
	}
}

// signatureRows have a wrong signature.
func signatureRows() []row {
	change := func(f func(r, s *big.Int) (*big.Int, *big.Int)) func(*draft) {
		return func(d *draft) {
			d.cert.signature = func(signature []byte) []byte { return raw(f(halves(signature))) }
		}
	}
	zero, one := big.NewInt(0), big.NewInt(1)
	highest := new(big.Int).Sub(new(big.Int).Lsh(one, 256), one)
	below := new(big.Int).Sub(curveOrder, one)
	half := new(big.Int).Rsh(curveOrder, 1)
	size := func(f func([]byte) []byte) func(*draft) { return func(d *draft) { d.cert.signature = f } }
	return []row{
		{"r = 0", "signature-form", change(func(_, s *big.Int) (*big.Int, *big.Int) { return zero, s })},
		{"s = 0", "signature-form", change(func(r, _ *big.Int) (*big.Int, *big.Int) { return r, zero })},
		{"r = s = 0", "signature-form", change(func(_, _ *big.Int) (*big.Int, *big.Int) { return zero, zero })},
		{"r = n", "signature-form", change(func(_, s *big.Int) (*big.Int, *big.Int) { return curveOrder, s })},
		{"s = n", "signature-form", change(func(r, _ *big.Int) (*big.Int, *big.Int) { return r, curveOrder })},
		{"r = 2^256-1", "signature-form", change(func(_, s *big.Int) (*big.Int, *big.Int) { return highest, s })},
		{"high s", "signature-form", change(func(r, s *big.Int) (*big.Int, *big.Int) { return r, new(big.Int).Sub(curveOrder, s) })},
		{"s one above n/2", "signature-form", change(func(r, _ *big.Int) (*big.Int, *big.Int) { return r, new(big.Int).Add(half, one) })},
		{"s at n/2, but wrong", "signature", change(func(r, _ *big.Int) (*big.Int, *big.Int) { return r, half })},
		{"r = n-1, but wrong", "signature", change(func(_, s *big.Int) (*big.Int, *big.Int) { return below, s })},
		{"r = s = 1", "signature", change(func(_, _ *big.Int) (*big.Int, *big.Int) { return one, one })},
		{"63 bytes", "signature-form", size(func(s []byte) []byte { return s[:63] })},
		{"65 bytes", "signature-form", size(func(s []byte) []byte { return append(s, 0) })},
		{"65 bytes, zero in front", "signature-form", size(func(s []byte) []byte { return append([]byte{0}, s...) })},
		{"65 bytes, zero between r and s", "signature-form", size(func(s []byte) []byte {
			return slices.Concat(s[:32], []byte{0}, s[32:])
		})},
		{"DER signature", "signature-form", size(func(s []byte) []byte {
			r, v := halves(s)
			der, _ := asn1.Marshal(struct{ R, S *big.Int }{r, v})
			return der
		})},
		{"one bit of the signature flipped", "signature", size(func(s []byte) []byte { s[31] ^= 1; return s })},
		{"signed by another key of the bundle", "signature", func(d *draft) { d.cert.key = floatingKey }},
		{"signed by a key of nobody", "signature", func(d *draft) { d.cert.key = removedKey }},
		{"payload changed after signing", "signature", payloadChanged},
	}
}

func payloadChanged(d *draft) {
	signed, changed := d.cert.payload, mustReplace(d.cert.payload, `"revision":3`, `"revision":4`)
	d.cert.edit = func(text string) string {
		return mustReplace(text, encoding.EncodeToString([]byte(signed)), encoding.EncodeToString([]byte(changed)))
	}
}

// expectedRows are good certificates in the wrong place.
func expectedRows() []row {
	return []row{
		{"other license", "license", func(d *draft) { d.want.License = "lic_00000000000000000000000000" }},
		{"license ID in small letters", "license", func(d *draft) {
			d.cert.swap(string(plantKey.ID()), strings.ToLower(string(plantKey.ID())))
		}},
		{"no license expected", "license", func(d *draft) { d.want.License = "" }},
		{"other machine", "machine", func(d *draft) { d.want.Machine = otherPlant }},
		{"no machine expected", "machine", func(d *draft) { d.want.Machine = "" }},
		{"answers an older request", "nonce", func(d *draft) {
			d.carry(currentKey, offlineAnswer)
			d.want.Nonce = otherNonce
		}},
		{"online certificate for a pending request", "nonce", func(d *draft) { d.want.Nonce = nonce }},
		{"offline certificate with no request pending", "nonce", func(d *draft) {
			d.carry(currentKey, offlineAnswer)
			d.want.Nonce = ""
		}},
		{"other license and machine and nonce", "license", func(d *draft) {
			d.want = Expected{Kind: Activation, License: "lic_x", Machine: otherPlant, Nonce: nonce}
		}},
	}
}
