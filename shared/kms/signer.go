// Package kms keeps the keys that never leave AWS KMS: it signs certificates and
// encrypts license keys at rest.
//
// Its errors hold no plaintext, and are license.ErrUnavailable wherever the same
// request may succeed later.
package kms

import (
	"context"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ErrSignature: KMS answered with something that is no ECDSA signature on P-256.
// The key ID names a key of another kind, or the endpoint is not KMS.
var ErrSignature = errors.New("answer is not an ECDSA signature on P-256")

// SignClient is what a Signer needs of *kms.Client.
type SignClient interface {
	Sign(ctx context.Context, in *kms.SignInput, options ...func(*kms.Options)) (*kms.SignOutput, error)
}

// A Signer signs with keys on P-256. It is safe for concurrent use; the client
// does what repeating there is.
type Signer struct{ client SignClient }

// NewSigner makes a Signer.
func NewSigner(client SignClient) *Signer { return &Signer{client} }

// Sign returns the ES256 signature over message with the key that KMS knows as
// keyID: 64 bytes r‖s, s in the lower half. Two signatures over one message
// differ: none is ever an identity. It fails with license.ErrUnavailable where
// repeating helps, and ErrSignature where the answer is of no use.
//
// The message is hashed here, because KMS takes no more than 4096 bytes of it.
func (s *Signer) Sign(ctx context.Context, keyID string, message []byte) (signature []byte, err error) {
	digest := sha256.Sum256(message)
	out, err := s.client.Sign(ctx, &kms.SignInput{
		KeyId:            &keyID,
		Message:          digest[:],
		MessageType:      types.MessageTypeDigest,
		SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	})
	if err != nil {
		return nil, failure("signing", err)
	}
	return fixedWidth(out.Signature)
}

// fixedWidth turns KMS's DER into r‖s of 32 bytes each. In about one of 125
// signatures r or s is shorter and must be padded; in half of them s is in the
// upper half, and n-s, which signs the same, takes its place.
func fixedWidth(der []byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, ErrSignature
	}
	// Go's parser lets more members in; written again, they would be missing.
	if again, err := asn1.Marshal(pair); err != nil || string(again) != string(der) {
		return nil, ErrSignature
	}
	n := elliptic.P256().Params().N
	for _, v := range []*big.Int{pair.R, pair.S} {
		if v.Sign() <= 0 || v.Cmp(n) >= 0 {
			return nil, ErrSignature
		}
	}
	if half := new(big.Int).Rsh(n, 1); pair.S.Cmp(half) > 0 {
		pair.S.Sub(n, pair.S)
	}
	signature := make([]byte, 64)
	pair.R.FillBytes(signature[:32])
	pair.S.FillBytes(signature[32:])
	return signature, nil
}
