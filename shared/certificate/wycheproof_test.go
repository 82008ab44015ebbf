package certificate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Wycheproof's vectors are not part of this repository: beside it, or nowhere.
var wycheproof = filepath.Join("..", "..", "..", "shared", "data", "wycheproof")

// readWycheproof reads a file of groups of tests; it skips where there is none.
func readWycheproof(t *testing.T, name string, groups any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(wycheproof, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("Wycheproof's vectors are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	file := struct {
		TestGroups any `json:"testGroups"`
	}{groups}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
}

// tally counts agreement, and the one difference that there may be.
type tally struct{ agree, high int }

// compare holds our verdict against Wycheproof's. A valid signature that we
// refuse must be one with s above n/2, and its other form must be accepted.
func (n *tally) compare(t *testing.T, id int, key *ecdsa.PublicKey, message, signature []byte, want bool, err error) {
	t.Helper()
	switch {
	case (err == nil) == want:
		n.agree++
	case want && errors.Is(err, ErrSignatureForm) && isHigh(signature) && verifyES256(key, message, highS(signature)) == nil:
		n.high++
	default:
		t.Errorf("case %d: we say %v, Wycheproof says valid=%v", id, err, want)
	}
}

func isHigh(signature []byte) bool {
	_, s := halves(signature)
	return s.Cmp(new(big.Int).Rsh(curveOrder, 1)) > 0
}

// A SignatureCase is one of Wycheproof's signatures r‖s.
type SignatureCase struct {
	ID                 int
	Key                *ecdsa.PublicKey
	Message, Signature []byte
	Valid              bool
}

func wycheproofECDSA(t *testing.T) (cases []SignatureCase) {
	t.Helper()
	var groups []struct {
		PublicKey struct{ Uncompressed string }
		Tests     []struct {
			ID               int `json:"tcId"`
			Msg, Sig, Result string
		}
	}
	readWycheproof(t, "ecdsa_secp256r1_sha256_p1363_test.json", &groups)
	for _, group := range groups {
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), fromHex(t, group.PublicKey.Uncompressed))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range group.Tests {
			cases = append(cases, SignatureCase{v.ID, key, fromHex(t, v.Msg), fromHex(t, v.Sig), v.Result == "valid"})
		}
	}
	return cases
}

func TestWycheproofECDSA(t *testing.T) {
	var n tally
	for _, v := range wycheproofECDSA(t) {
		n.compare(t, v.ID, v.Key, v.Message, v.Signature, v.Valid, verifyES256(v.Key, v.Message, v.Signature))
	}
	if n != (tally{agree: 192, high: 70}) {
		t.Errorf("%d agree, %d valid ones have a high s", n.agree, n.high)
	}
}

func TestWycheproofJWS(t *testing.T) {
	var groups []struct {
		Comment string
		Private map[string]any
		Tests   []struct {
			ID          int    `json:"tcId"`
			JWS, Result string `json:",omitempty"`
		}
	}
	readWycheproof(t, "json_web_signature_test.json", &groups)
	var n tally
	for _, group := range groups {
		if !strings.EqualFold(group.Comment, "es256") && group.Comment != "SpecialCaseEs256" {
			continue
		}
		x, _ := group.Private["x"].(string)
		y, _ := group.Private["y"].(string)
		key, err := JWK{KeyType: "EC", Curve: "P-256", Algorithm: algorithm, X: x, Y: y}.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range group.Tests {
			parts, err := openLoosely(key, v.JWS)
			n.compare(t, v.ID, key, []byte(parts.signed), parts.signature, v.Result == "valid", err)
		}
	}
	if n != (tally{agree: 38, high: 1}) {
		t.Errorf("%d agree, %d valid ones have a high s", n.agree, n.high)
	}
}

// openLoosely is open for headers that are not ours: of them only the algorithm
// is looked at.
func openLoosely(key *ecdsa.PublicKey, compact string) (jws, error) {
	parts, err := split(compact)
	if err != nil {
		return parts, err
	}
	if !bytes.Contains(parts.header, []byte(`"alg":"ES256"`)) {
		return parts, ErrAlgorithm
	}
	return parts, verifyES256(key, []byte(parts.signed), parts.signature)
}

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
