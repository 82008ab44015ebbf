package kms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/cirruslink/chariot-license/shared/license"
)

const (
	mailKey = "alias/mail"
	secret  = "CHARIOT-AAAAA-BBBBB-CCCCC-DDDDD-EEEEE-F"
)

// A vault stands for KMS: its ciphertexts say to which key and context they
// belong, or it fails as it is told.
type vault struct{ err error }

func (v vault) seal(keyID *string, bound map[string]string) []byte {
	text, _ := json.Marshal(bound)
	return fmt.Appendf(nil, "%s %s ", *keyID, text)
}

func (v vault) Encrypt(_ context.Context, in *kms.EncryptInput, _ ...func(*kms.Options)) (*kms.EncryptOutput, error) {
	if v.err != nil {
		return nil, v.err
	}
	text := bytes.ToLower(in.Plaintext) // stands for encryption: the secret is not to be seen in it
	return &kms.EncryptOutput{CiphertextBlob: append(v.seal(in.KeyId, in.EncryptionContext), text...)}, nil
}

func (v vault) Decrypt(_ context.Context, in *kms.DecryptInput, _ ...func(*kms.Options)) (*kms.DecryptOutput, error) {
	if v.err != nil {
		return nil, v.err
	}
	text, ours := bytes.CutPrefix(in.CiphertextBlob, v.seal(in.KeyId, in.EncryptionContext))
	if !ours {
		return nil, apiError(400, &types.InvalidCiphertextException{})
	}
	return &kms.DecryptOutput{Plaintext: bytes.ToUpper(text)}, nil
}

func TestCiphertextIsBoundToItsLicense(t *testing.T) {
	cipher := NewCipher(vault{}, mailKey)
	sealed, err := cipher.Encrypt(t.Context(), []byte(secret), "lic_1")
	if err != nil {
		t.Fatal(err)
	}
	if want := mailKey + ` {"licenseId":"lic_1"} `; !bytes.HasPrefix(sealed, []byte(want)) {
		t.Errorf("encrypted with %q, want %q", sealed, want)
	}
	opened, err := cipher.Decrypt(t.Context(), sealed, "lic_1")
	if err != nil || string(opened) != secret {
		t.Errorf("decrypted %q, %v", opened, err)
	}
	for _, tt := range []struct {
		cipher *Cipher
		id     license.ID
	}{{cipher, "lic_2"}, {NewCipher(vault{}, "alias/other"), "lic_1"},
		{NewCipher(vault{apiError(400, &types.IncorrectKeyException{})}, mailKey), "lic_1"}} {
		opened, err := tt.cipher.Decrypt(t.Context(), sealed, tt.id)
		if !errors.Is(err, ErrCiphertext) || errors.Is(err, license.ErrUnavailable) || opened != nil {
			t.Errorf("for %s: %q, %v", tt.id, opened, err)
		}
	}
}

// However an error is printed, the plaintext is not in it, even where the SDK
// keeps the response that it could not read.
func TestErrorsHoldNoPlaintext(t *testing.T) {
	for _, cause := range []error{
		&smithy.DeserializationError{Err: errors.New("at " + secret), Snapshot: []byte(secret)},
		apiError(400, &smithy.GenericAPIError{Code: "ValidationException", Message: "value " + secret}),
		apiError(500, &smithy.GenericAPIError{Code: "InternalFailure", Message: secret}),
		errors.New(secret),
	} {
		cipher := NewCipher(vault{cause}, mailKey)
		_, encrypting := cipher.Encrypt(t.Context(), []byte(secret), "lic_1")
		_, decrypting := cipher.Decrypt(t.Context(), []byte(secret), "lic_1")
		for _, err := range []error{encrypting, decrypting} {
			for e := err; e != nil; e = errors.Unwrap(e) {
				text := fmt.Sprintf("%v %+v %#v %q", e, e, e, e)
				if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprint([]byte(secret))) {
					t.Errorf("an error shows the plaintext: %s", text)
				}
			}
			if !strings.Contains(err.Error(), "lic_1") {
				t.Errorf("%q does not say which license", err)
			}
		}
	}
}
