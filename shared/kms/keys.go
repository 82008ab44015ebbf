package kms

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// What operators and the local stack do with KMS keys, and no function does.

var (
	// ErrNoKey: KMS has no key of this name in this account and region.
	ErrNoKey = errors.New("KMS has no such key in this account and region")
	// ErrKeyKind: the key cannot make our signatures.
	ErrKeyKind = errors.New("the KMS key is none that signs on P-256 (ECC_NIST_P256, SIGN_VERIFY)")
)

// KeysClient is what Keys needs of *kms.Client.
type KeysClient interface {
	SignClient
	GetPublicKey(ctx context.Context, in *kms.GetPublicKeyInput, options ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error)
	DescribeKey(ctx context.Context, in *kms.DescribeKeyInput, options ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
	CreateKey(ctx context.Context, in *kms.CreateKeyInput, options ...func(*kms.Options)) (*kms.CreateKeyOutput, error)
	CreateAlias(ctx context.Context, in *kms.CreateAliasInput, options ...func(*kms.Options)) (*kms.CreateAliasOutput, error)
}

// Keys makes KMS keys, reads their public halves, and signs trust bundles. A name
// is a key ID, an alias, or the ARN of either.
type Keys struct{ client KeysClient }

// NewKeys makes Keys.
func NewKeys(client KeysClient) *Keys { return &Keys{client} }

// A PublicKey is the public half of a key that signs on P-256.
type PublicKey struct {
	// ARN is the key's own, whatever it was asked for by: an alias may come to name
	// another key, and the same text would then stand for other signatures.
	ARN string
	*ecdsa.PublicKey
}

// Public reads the public half of a key. It fails with ErrNoKey, ErrKeyKind or
// license.ErrUnavailable.
func (k *Keys) Public(ctx context.Context, name string) (PublicKey, error) {
	out, err := k.client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &name})
	if err != nil {
		return PublicKey{}, keyFailure("reading the public key of "+name, err)
	}
	parsed, err := x509.ParsePKIXPublicKey(out.PublicKey)
	public, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || public.Curve != elliptic.P256() || out.KeyUsage != types.KeyUsageTypeSignVerify {
		return PublicKey{}, fmt.Errorf("%s: %w", name, ErrKeyKind)
	}
	return PublicKey{aws.ToString(out.KeyId), public}, nil
}

// Make returns the ARN of the key that an alias names, which it makes where there
// is none. A kill between key and alias leaves a key that nothing uses. It fails
// with license.ErrUnavailable where repeating helps.
func (k *Keys) Make(ctx context.Context, alias string, spec types.KeySpec) (arn string, err error) {
	found, err := k.client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &alias})
	if err == nil {
		return *found.KeyMetadata.Arn, nil
	}
	if err = keyFailure("looking for "+alias, err); !errors.Is(err, ErrNoKey) {
		return "", err
	}
	usage := types.KeyUsageTypeSignVerify
	if spec == types.KeySpecSymmetricDefault {
		usage = types.KeyUsageTypeEncryptDecrypt
	}
	made, err := k.client.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage, Description: &alias})
	if err != nil {
		return "", failure("making a key", err)
	}
	_, err = k.client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: made.KeyMetadata.KeyId})
	if err != nil {
		return "", failure("naming the new key "+*made.KeyMetadata.Arn+" "+alias, err)
	}
	return *made.KeyMetadata.Arn, nil
}

// SignBundle signs a trust bundle with a root key, and returns its compact form
// once it has verified it as clients do. It fails as Sign does.
func (k *Keys) SignBundle(ctx context.Context, root PublicKey, b certificate.Bundle) (compact string, err error) {
	signed := license.Signed{KeyID: certificate.KeyID(root.PublicKey), Payload: b.Payload()}
	message := certificate.SigningInput(certificate.Trust, signed.KeyID, signed.Payload)
	if signed.Signature, err = NewSigner(k.client).Sign(ctx, root.ARN, message); err != nil {
		return "", err
	}
	compact = certificate.Compact(certificate.Trust, signed)
	_, err = certificate.VerifyBundle(compact, []certificate.RootKey{certificate.NewRootKey(root.PublicKey)}, b.Version)
	return compact, err
}

// keyFailure is failure, with what the name of a key may be wrong by.
func keyFailure(doing string, err error) error {
	var missing *types.NotFoundException
	var symmetric *types.UnsupportedOperationException
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("%s: %w", doing, ErrNoKey)
	case errors.As(err, &symmetric):
		return fmt.Errorf("%s: %w", doing, ErrKeyKind)
	}
	return failure(doing, err)
}
