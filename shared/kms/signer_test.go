package kms

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/license"
)

const signingKey = "alias/signing"

// A keeper stands for KMS: it signs with a real key, or answers as it is told.
type keeper struct {
	private *ecdsa.PrivateKey
	answer  []byte
	err     error
}

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &keeper{private: private}
}

func (k *keeper) Sign(_ context.Context, in *kms.SignInput, _ ...func(*kms.Options)) (*kms.SignOutput, error) {
	switch {
	case k.err != nil:
		return nil, k.err
	case k.answer != nil:
		return &kms.SignOutput{Signature: k.answer}, nil
	case *in.KeyId != signingKey, in.MessageType != types.MessageTypeDigest, len(in.Message) != sha256.Size,
		in.SigningAlgorithm != types.SigningAlgorithmSpecEcdsaSha256:
		return nil, errors.New("the call is not as it must be")
	}
	der, err := k.private.Sign(nil, in.Message, crypto.SHA256)
	return &kms.SignOutput{Signature: der}, err
}

// About 1 in 125 signatures has a short r or s, and half have a high s: of
// 10,000, many of each.
func TestSignaturesVerify(t *testing.T) {
	k := newKeeper(t)
	signer := NewSigner(k)
	n := elliptic.P256().Params().N
	half := new(big.Int).Rsh(n, 1)
	var short, high int
	for i := range uint64(10_000) {
		message := binary.BigEndian.AppendUint64([]byte("header.payload "), i)
		signature, err := signer.Sign(t.Context(), signingKey, message)
		if err != nil || len(signature) != 64 {
			t.Fatalf("%d bytes, %v", len(signature), err)
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		digest := sha256.Sum256(message)
		if !ecdsa.Verify(&k.private.PublicKey, digest[:], r, s) || s.Cmp(half) > 0 {
			t.Fatalf("signature %x over %q does not verify, or has a high s", signature, message)
		}
		// The keeper signs the same each time, so this is what it had answered.
		der, _ := k.private.Sign(nil, digest[:], crypto.SHA256)
		var pair struct{ R, S *big.Int }
		asn1.Unmarshal(der, &pair)
		if pair.S.Cmp(half) > 0 {
			high++
		}
		if signature[0] == 0 || signature[32] == 0 {
			short++
		}
	}
	if short < 40 || high < 4000 {
		t.Errorf("only %d had a short half, and %d a high s", short, high)
	}
}

func TestAnswersThatAreNoSignature(t *testing.T) {
	n := elliptic.P256().Params().N
	der := func(numbers ...*big.Int) []byte {
		text, err := asn1.Marshal(numbers)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	one, zero := big.NewInt(1), big.NewInt(0)
	good := der(one, one)
	tests := []struct {
		name   string
		answer []byte
	}{
		{"nothing", []byte{}},
		{"r‖s", make([]byte, 64)},
		{"one number", der(one)},
		{"three numbers", der(one, one, one)},
		{"r = 0", der(zero, one)},
		{"s = 0", der(one, zero)},
		{"r < 0", der(big.NewInt(-1), one)},
		{"s < 0", der(one, big.NewInt(-1))},
		{"r = n", der(n, one)},
		{"s = n", der(one, n)},
		{"of P-384", der(new(big.Int).Lsh(one, 383), one)},
		{"cut off", good[:len(good)-1]},
		{"with more after", append(bytes.Clone(good), 0)},
		{"length in two bytes", []byte{0x30, 0x81, 6, 2, 1, 1, 2, 1, 1}},
		{"zero before r", []byte{0x30, 7, 2, 2, 0, 1, 2, 1, 1}},
		{"indefinite length", []byte{0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0}},
		{"a set", []byte{0x31, 6, 2, 1, 1, 2, 1, 1}},
		{"octets for numbers", []byte{0x30, 6, 4, 1, 1, 4, 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			signature, err := NewSigner(&keeper{answer: tt.answer}).Sign(t.Context(), signingKey, []byte("m"))
			if !errors.Is(err, ErrSignature) || errors.Is(err, license.ErrUnavailable) || signature != nil {
				t.Errorf("got %x, %v", signature, err)
			}
		})
	}
	if _, err := fixedWidth(good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}
