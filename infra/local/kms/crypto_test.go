package kms_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func signRequest(key string, message []byte, kind types.MessageType) *sdk.SignInput {
	return &sdk.SignInput{KeyId: &key, Message: message, MessageType: kind, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256}
}

func TestSignatureVerifiesOutsideOfKMS(t *testing.T) {
	c := fresh(t)
	key := signingKey(t, c)
	out := must[*sdk.GetPublicKeyOutput](t)(c.GetPublicKey(t.Context(), &sdk.GetPublicKeyInput{KeyId: &key}))
	parsed, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("to be signed")
	digest := sha256.Sum256(message)
	raw := must[*sdk.SignOutput](t)(c.Sign(t.Context(), signRequest(key, message, types.MessageTypeRaw)))
	of := must[*sdk.SignOutput](t)(c.Sign(t.Context(), signRequest(key, digest[:], types.MessageTypeDigest)))
	for _, signed := range []*sdk.SignOutput{raw, of} {
		if !ecdsa.VerifyASN1(parsed.(*ecdsa.PublicKey), digest[:], signed.Signature) {
			t.Error("a signature does not verify")
		}
		if *signed.KeyId != arn+"key/"+key {
			t.Errorf("signed by %s", *signed.KeyId)
		}
		must[*sdk.VerifyOutput](t)(c.Verify(t.Context(), &sdk.VerifyInput{
			KeyId: &key, Message: message, Signature: signed.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		}))
	}
}

func TestSignRefuses(t *testing.T) {
	c := fresh(t)
	sign, seal := signingKey(t, c), sealingKey(t, c)
	tests := []struct {
		name string
		in   *sdk.SignInput
		want string // an error code
	}{
		{"largest message", signRequest(sign, make([]byte, 4096), types.MessageTypeRaw), ""},
		{"larger message", signRequest(sign, make([]byte, 4097), types.MessageTypeRaw), "ValidationException"},
		{"empty message", signRequest(sign, []byte{}, types.MessageTypeRaw), "ValidationException"},
		{"raw is the default", signRequest(sign, []byte("m"), ""), ""},
		{"short digest", signRequest(sign, make([]byte, 31), types.MessageTypeDigest), "ValidationException"},
		{"long digest", signRequest(sign, make([]byte, 33), types.MessageTypeDigest), "ValidationException"},
		{"other message type", signRequest(sign, make([]byte, 32), types.MessageTypeExternalMu), "ValidationException"},
		{"unknown key", signRequest("none", []byte("m"), types.MessageTypeRaw), "NotFoundException"},
		{"symmetric key", signRequest(seal, []byte("m"), types.MessageTypeRaw), "InvalidKeyUsageException"},
		{"other algorithm", &sdk.SignInput{KeyId: &sign, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha384}, "InvalidKeyUsageException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.Sign(t.Context(), tt.in)
			if tt.want != "" {
				wantCode(t, err, tt.want)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestVerifyRefusesWhatWasNotSigned(t *testing.T) {
	c := fresh(t)
	one, two := signingKey(t, c), signingKey(t, c)
	signed := must[*sdk.SignOutput](t)(c.Sign(t.Context(), signRequest(one, []byte("m"), types.MessageTypeRaw)))
	for _, tt := range []struct{ name, key, message string }{{"other message", one, "n"}, {"other key", two, "m"}} {
		_, err := c.Verify(t.Context(), &sdk.VerifyInput{
			KeyId: &tt.key, Message: []byte(tt.message), Signature: signed.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
		})
		wantCode(t, err, "KMSInvalidSignatureException")
	}
}

func TestEncryptAndDecrypt(t *testing.T) {
	c := fresh(t)
	key, other, sign := sealingKey(t, c), sealingKey(t, c), signingKey(t, c)
	bound := map[string]string{"licenseId": "lic_1", "purpose": "mail"}
	plain := bytes.Repeat([]byte("p"), 4096)
	sealed := must[*sdk.EncryptOutput](t)(c.Encrypt(t.Context(), &sdk.EncryptInput{KeyId: &key, Plaintext: plain, EncryptionContext: bound}))
	cut := sealed.CiphertextBlob[:len(sealed.CiphertextBlob)-1]
	flipped := bytes.Clone(sealed.CiphertextBlob)
	flipped[len(flipped)-1] ^= 1
	moved := bytes.Clone(sealed.CiphertextBlob)
	copy(moved[1:], other)
	tests := []struct {
		name  string
		key   *string
		blob  []byte
		bound map[string]string
		want  string // an error code
	}{
		{"the blob names the key", nil, sealed.CiphertextBlob, bound, ""},
		{"the key is named", &key, sealed.CiphertextBlob, bound, ""},
		{"another key is named", &other, sealed.CiphertextBlob, bound, "IncorrectKeyException"},
		{"a signing key is named", &sign, sealed.CiphertextBlob, bound, "InvalidKeyUsageException"},
		{"no context", nil, sealed.CiphertextBlob, nil, "InvalidCiphertextException"},
		{"less context", nil, sealed.CiphertextBlob, map[string]string{"licenseId": "lic_1"}, "InvalidCiphertextException"},
		{"other context", nil, sealed.CiphertextBlob, map[string]string{"licenseId": "lic_2", "purpose": "mail"}, "InvalidCiphertextException"},
		{"cut", nil, cut, bound, "InvalidCiphertextException"},
		{"only the key", nil, sealed.CiphertextBlob[:37], bound, "InvalidCiphertextException"},
		{"one bit", nil, flipped, bound, "InvalidCiphertextException"},
		{"another key in the blob", nil, moved, bound, "InvalidCiphertextException"},
		{"no blob", nil, bytes.Repeat([]byte{1}, 60), bound, "InvalidCiphertextException"},
		{"empty", nil, []byte{}, bound, "ValidationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := c.Decrypt(t.Context(), &sdk.DecryptInput{KeyId: tt.key, CiphertextBlob: tt.blob, EncryptionContext: tt.bound})
			if tt.want != "" {
				wantCode(t, err, tt.want)
				return
			}
			if err != nil || !bytes.Equal(out.Plaintext, plain) || *out.KeyId != arn+"key/"+key {
				t.Fatalf("%v, %v", out, err)
			}
		})
	}
}

func TestEncryptRefuses(t *testing.T) {
	c := fresh(t)
	key := sealingKey(t, c)
	for name, plain := range map[string][]byte{"empty": {}, "too long": make([]byte, 4097)} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Encrypt(t.Context(), &sdk.EncryptInput{KeyId: &key, Plaintext: plain})
			wantCode(t, err, "ValidationException")
		})
	}
	_, err := c.Encrypt(t.Context(), &sdk.EncryptInput{KeyId: &key, Plaintext: []byte("p"), EncryptionAlgorithm: types.EncryptionAlgorithmSpecRsaesOaepSha256})
	wantCode(t, err, "InvalidKeyUsageException")
	must[*sdk.DisableKeyOutput](t)(c.DisableKey(t.Context(), &sdk.DisableKeyInput{KeyId: &key}))
	_, err = c.Encrypt(t.Context(), &sdk.EncryptInput{KeyId: &key, Plaintext: []byte("p")})
	wantCode(t, err, "DisabledException")
}

func TestManyCallsAtOnce(t *testing.T) {
	c := fresh(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			out, err := c.CreateKey(t.Context(), &sdk.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
			if err != nil {
				t.Error(err)
				return
			}
			for range 5 {
				if _, err := c.Sign(t.Context(), signRequest(*out.KeyMetadata.KeyId, []byte("m"), types.MessageTypeRaw)); err != nil {
					t.Error(err)
				}
			}
			if _, err := c.DisableKey(t.Context(), &sdk.DisableKeyInput{KeyId: out.KeyMetadata.KeyId}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
