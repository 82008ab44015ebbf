package kms_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/cirruslink/chariot-license/infra/local/kms"
)

// connect serves the keys at path and returns the ordinary client of them.
func connect(t *testing.T, path string) *sdk.Client {
	t.Helper()
	endpoint, err := kms.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	return sdk.New(sdk.Options{
		Region:           "us-east-1",
		BaseEndpoint:     &server.URL,
		RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
}

func fresh(t *testing.T) *sdk.Client {
	t.Helper()
	return connect(t, filepath.Join(t.TempDir(), "kms.json"))
}

// signingKey makes a P-256 key and returns its ID.
func signingKey(t *testing.T, c *sdk.Client) string {
	t.Helper()
	return newKey(t, c, types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
}

// sealingKey makes a symmetric key and returns its ID.
func sealingKey(t *testing.T, c *sdk.Client) string {
	t.Helper()
	return newKey(t, c, types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt)
}

func newKey(t *testing.T, c *sdk.Client, spec types.KeySpec, usage types.KeyUsageType) string {
	t.Helper()
	out, err := c.CreateKey(t.Context(), &sdk.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.KeyId
}

// must ends the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantCode fails the test unless err is the service's error of that name.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var told smithy.APIError
	if !errors.As(err, &told) || told.ErrorCode() != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestErrorsAreTyped(t *testing.T) {
	c := fresh(t)
	ctx := t.Context()
	key := signingKey(t, c)

	_, err := c.DescribeKey(ctx, &sdk.DescribeKeyInput{KeyId: aws.String("alias/none")})
	if missing := (*types.NotFoundException)(nil); !errors.As(err, &missing) {
		t.Errorf("unknown alias: %v", err)
	}
	must[*sdk.DisableKeyOutput](t)(c.DisableKey(ctx, &sdk.DisableKeyInput{KeyId: &key}))
	_, err = c.Sign(ctx, signRequest(key, []byte("m"), types.MessageTypeRaw))
	if disabled := (*types.DisabledException)(nil); !errors.As(err, &disabled) {
		t.Errorf("disabled: %v", err)
	}
	must[*sdk.EnableKeyOutput](t)(c.EnableKey(ctx, &sdk.EnableKeyInput{KeyId: &key}))
	must[*sdk.SignOutput](t)(c.Sign(ctx, signRequest(key, []byte("m"), types.MessageTypeRaw)))
	_, err = c.Encrypt(ctx, &sdk.EncryptInput{KeyId: &key, Plaintext: []byte("p")})
	if usage := (*types.InvalidKeyUsageException)(nil); !errors.As(err, &usage) {
		t.Errorf("a signing key encrypts: %v", err)
	}
	_, err = c.Verify(ctx, &sdk.VerifyInput{KeyId: &key, Message: []byte("m"), Signature: []byte("no"), SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	if bad := (*types.KMSInvalidSignatureException)(nil); !errors.As(err, &bad) {
		t.Errorf("bad signature: %v", err)
	}
	seal := sealingKey(t, c)
	_, err = c.Decrypt(ctx, &sdk.DecryptInput{KeyId: &seal, CiphertextBlob: []byte("none")})
	if bad := (*types.InvalidCiphertextException)(nil); !errors.As(err, &bad) {
		t.Errorf("bad ciphertext: %v", err)
	}
	_, err = c.GetPublicKey(ctx, &sdk.GetPublicKeyInput{KeyId: &seal})
	if not := (*types.UnsupportedOperationException)(nil); !errors.As(err, &not) {
		t.Errorf("public key of a symmetric key: %v", err)
	}
}

func TestKeysAndAliasesSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kms.json")
	c := connect(t, path)
	ctx := t.Context()
	sign, seal := signingKey(t, c), sealingKey(t, c)
	must[*sdk.CreateAliasOutput](t)(c.CreateAlias(ctx, &sdk.CreateAliasInput{AliasName: aws.String("alias/one"), TargetKeyId: &sign}))
	off := signingKey(t, c)
	must[*sdk.DisableKeyOutput](t)(c.DisableKey(ctx, &sdk.DisableKeyInput{KeyId: &off}))
	signed := must[*sdk.SignOutput](t)(c.Sign(ctx, signRequest(sign, []byte("m"), types.MessageTypeRaw)))
	sealed := must[*sdk.EncryptOutput](t)(c.Encrypt(ctx, &sdk.EncryptInput{KeyId: &seal, Plaintext: []byte("p")}))

	again := connect(t, path)
	verified := must[*sdk.VerifyOutput](t)(again.Verify(ctx, &sdk.VerifyInput{
		KeyId: aws.String("alias/one"), Message: []byte("m"), Signature: signed.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	}))
	if !verified.SignatureValid {
		t.Error("the signature does not verify")
	}
	opened := must[*sdk.DecryptOutput](t)(again.Decrypt(ctx, &sdk.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}))
	if string(opened.Plaintext) != "p" {
		t.Errorf("decrypted %q", opened.Plaintext)
	}
	_, err := again.GetPublicKey(ctx, &sdk.GetPublicKeyInput{KeyId: &off})
	wantCode(t, err, "DisabledException")
}
