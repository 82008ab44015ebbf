package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/cirruslink/chariot-license/shared/license"
)

func TestPayloadIsReadBack(t *testing.T) {
	full := sampleCertificate()
	fullCertificate(&full)
	plain := sampleCertificate()
	plain.Enforce = license.Warn
	for _, c := range []Certificate{plain, full} {
		got, err := Parse(c.Payload())
		if err != nil || !reflect.DeepEqual(*got, c) {
			t.Errorf("read %+v, %v; want %+v", got, err, c)
		}
	}
}

func TestPayloadBytes(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	c := Certificate{
		LicenseID: "lic_1", ActivationID: "act_2", Fingerprint: "f", Deployment: license.Offline,
		Features: []license.Feature{{Name: "a", Until: issued.In(berlin).Add(999 * time.Millisecond), Metered: true}},
		Revision: 4, IssuedAt: issued.In(berlin).Add(5 * time.Nanosecond),
		Nonce: "n", Sequence: 5, Enforce: license.Stop,
		Expires: issued, GraceUntil: lastStamp.AddDate(0, 0, 30), ContactBy: issued,
	}
	const noon = `"2026-03-01T12:00:00Z"`
	want := `{"licenseId":"lic_1","activationId":"act_2","fingerprint":"f","deployment":"offline",` +
		`"features":[{"name":"a","until":` + noon + `,"metered":true}],"revision":4,"issuedAt":` + noon +
		`,"expires":` + noon + `,"nonce":"n","sequence":5,"enforce":"stop","graceUntil":"9999-12-31T23:59:59Z","contactBy":` + noon + `}`
	if got := string(c.Payload()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if c.Features[0].Until.Location() != berlin {
		t.Error("Payload changed the caller's features")
	}
	want = `{"licenseId":"","activationId":"","fingerprint":"","deployment":"","features":[],"revision":0,"issuedAt":"0001-01-01T00:00:00Z","enforce":"warn"}`
	if got := string(Certificate{}.Payload()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The activation's item in the store, certificate included, is to fit in one
// write unit of 1 KB (DESIGN 8). Other attributes take about 300 bytes.
func TestPayloadIsSmall(t *testing.T) {
	c := sampleCertificate()
	c.Features = append(features("mqtt-server", "iot-bridge-aws", "iot-bridge-azure", "iot-bridge-google"),
		license.Feature{Name: "mqtt-server-support", Until: issued}, license.Feature{Name: "iot-bridge-snowflake", Metered: true})
	if size := len(c.Payload()) + signatureSize + keyIDLength; size > 660 {
		t.Errorf("a certificate with 6 features is stored in %d bytes", size)
	}
}

func TestIndependentVerifier(t *testing.T) {
	for _, d := range []*draft{newDraft(), fullDraft()} {
		compact := d.cert.compact()
		parsed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := parsed.Verify(&currentKey.PublicKey)
		if err != nil || string(payload) != d.cert.payload {
			t.Errorf("go-jose reads %q, %v", payload, err)
		}
		if again, _ := parsed.CompactSerialize(); again != compact {
			t.Error("go-jose writes it otherwise")
		}
		if typ := parsed.Signatures[0].Header.ExtraHeaders["typ"]; typ != string(Activation) {
			t.Errorf("go-jose reads typ %v", typ)
		}
	}
}

func TestIndependentKeyID(t *testing.T) {
	key := jose.JSONWebKey{Key: &currentKey.PublicKey}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := KeyID(&currentKey.PublicKey), encoding.EncodeToString(thumbprint)[:22]; got != want {
		t.Errorf("KeyID = %s, want %s", got, want)
	}
}

func fullDraft() *draft {
	d := newDraft()
	d.carry(currentKey, fullCertificate)
	return d
}

func TestCompactRebuildsWhatWasSigned(t *testing.T) {
	d := newDraft()
	want := d.cert.compact()
	parts, err := split(want)
	if err != nil {
		t.Fatal(err)
	}
	stored := license.Signed{KeyID: KeyID(&currentKey.PublicKey), Payload: parts.payload, Signature: parts.signature}
	if got := Compact(Activation, stored); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEveryBitCounts(t *testing.T) {
	d := fullDraft()
	bundle := sampleBundle()
	compact := d.cert.compact()
	signed, err := split(compact)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(compact) * 8 {
		flipped := []byte(compact)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := Verify(string(flipped), bundle, d.want); err == nil {
			t.Fatalf("bit %d of %q flipped, and it verifies", i%8, flipped[:i/8+1])
		}
		// Nor may a decoder take another text for the same bytes.
		if got, err := split(string(flipped)); err == nil && reflect.DeepEqual(got.header, signed.header) &&
			reflect.DeepEqual(got.payload, signed.payload) && reflect.DeepEqual(got.signature, signed.signature) {
			t.Fatalf("bit %d of %q flipped, and it decodes to the same bytes", i%8, flipped[:i/8+1])
		}
	}
}

func TestKeysOfOtherCurvesPanic(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("KeyID names a key on P-384")
		}
	}()
	KeyID(&private.PublicKey)
}

func TestUnwritableTimesPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a year before 0 was written")
		}
	}()
	Certificate{IssuedAt: time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)}.Payload()
}

func TestBundleIsReadBack(t *testing.T) {
	want := sampleBundle()
	got, err := ParseBundle(want.Payload())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
	if key, known := got.Key(KeyID(&retiredKey.PublicKey)); !known || key.RetiredAt != newYear {
		t.Errorf("Key = %+v, %v", key, known)
	}
	for _, payload := range []string{"", "[]", `{"version":1}`} {
		if _, err := ParseBundle([]byte(payload)); !errors.Is(err, ErrPayload) {
			t.Errorf("ParseBundle(%q) = %v", payload, err)
		}
	}
}

// A caller that has no bundle yet trusts nobody; one that filled a bundle by hand
// with a text that is no key does not either.
func TestVerifyWithoutGoodKeys(t *testing.T) {
	d := newDraft()
	if _, err := Verify(d.cert.compact(), nil, d.want); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("with no bundle: %v", err)
	}
	b := sampleBundle()
	b.Keys[0].X = b.Keys[0].Y
	if _, err := Verify(d.cert.compact(), b, d.want); !errors.Is(err, ErrKey) {
		t.Errorf("with a bad key: %v", err)
	}
}

func TestReplayedBundleErrorSaysWhatToKeep(t *testing.T) {
	d := newDraft()
	_, err := VerifyBundle(d.bundle.compact(), d.roots, 9)
	var replayed *ReplayedBundleError
	if !errors.As(err, &replayed) || replayed.Version != 7 || replayed.AtLeast != 9 {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "7") || !strings.Contains(text, "9") {
		t.Errorf("it says %q", text)
	}
}

func FuzzVerify(f *testing.F) {
	for _, v := range forgeVectors() {
		f.Add(v.Certificate, v.TrustBundle)
	}
	roots := newDraft().roots
	known := map[string]bool{}
	for _, v := range forgeVectors() {
		known[v.Certificate], known[v.TrustBundle] = true, true
	}
	f.Fuzz(func(t *testing.T, compact, trust string) {
		bundle, err := VerifyBundle(trust, roots, 0)
		if err == nil && !known[trust] {
			t.Errorf("a bundle that nobody signed: %s", trust)
		}
		if bundle == nil {
			bundle = sampleBundle()
		}
		for _, kind := range []Kind{Activation, Floating} {
			for _, n := range []string{"", nonce} {
				_, err := Verify(compact, bundle, Expected{kind, plantKey.ID(), plant, n})
				if err == nil && !known[compact] {
					t.Errorf("a certificate that nobody signed: %s", compact)
				}
			}
		}
	})
}

// FuzzParse feeds what only a signer could: whatever is read is written so that
// it reads the same.
func FuzzParse(f *testing.F) {
	for _, v := range forgeVectors() {
		if parts, err := split(v.Certificate); err == nil {
			f.Add(parts.payload)
		}
		if parts, err := split(v.TrustBundle); err == nil {
			f.Add(parts.payload)
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		if b, err := ParseBundle(payload); err == nil {
			again, err := ParseBundle(b.Payload())
			same := err == nil && fmt.Sprint(again) == fmt.Sprint(b)
			if !same && !strings.ContainsAny(string(payload), "<>&\u2028\u2029") {
				t.Errorf("%s\nis written as\n%s", payload, b.Payload())
			}
		}
		if c, err := Parse(payload); err == nil {
			again, err := Parse(c.Payload())
			same := err == nil && reflect.DeepEqual(again, c)
			if !same && !strings.ContainsAny(string(payload), "<>&\u2028\u2029") {
				t.Errorf("%s\nis written as\n%s", payload, c.Payload())
			}
		}
	})
}
