package kms

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A keysKeeper is a keeper that also tells of its keys, and makes them.
type keysKeeper struct {
	*keeper
	public *kms.GetPublicKeyOutput
	// known are the aliases; calls what was called.
	known []string
	calls []string
	fail  map[string]error
}

func (k *keysKeeper) call(name string) error {
	k.calls = append(k.calls, name)
	return k.fail[name]
}

func (k *keysKeeper) GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error) {
	return k.public, k.call("GetPublicKey")
}

func (k *keysKeeper) DescribeKey(_ context.Context, in *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	if err := k.call("DescribeKey"); err != nil {
		return nil, err
	}
	if !slices.Contains(k.known, *in.KeyId) {
		return nil, apiError(400, &types.NotFoundException{})
	}
	return &kms.DescribeKeyOutput{KeyMetadata: &types.KeyMetadata{Arn: aws.String("arn:" + *in.KeyId)}}, nil
}

func (k *keysKeeper) CreateKey(_ context.Context, in *kms.CreateKeyInput, _ ...func(*kms.Options)) (*kms.CreateKeyOutput, error) {
	return &kms.CreateKeyOutput{KeyMetadata: &types.KeyMetadata{Arn: aws.String("arn:new"), KeyId: aws.String("new")}},
		k.call("CreateKey " + string(in.KeySpec) + " " + string(in.KeyUsage))
}

func (k *keysKeeper) CreateAlias(_ context.Context, in *kms.CreateAliasInput, _ ...func(*kms.Options)) (*kms.CreateAliasOutput, error) {
	k.known = append(k.known, *in.AliasName)
	return &kms.CreateAliasOutput{}, k.call("CreateAlias " + *in.AliasName + " " + *in.TargetKeyId)
}

// publicKeyOf is an answer to GetPublicKey.
func publicKeyOf(t *testing.T, public any, usage types.KeyUsageType) *kms.GetPublicKeyOutput {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return &kms.GetPublicKeyOutput{KeyId: aws.String(signingKey), PublicKey: der, KeyUsage: usage}
}

func TestPublic(t *testing.T) {
	k := newKeeper(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := k.private.PublicKey.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	good := publicKeyOf(t, &k.private.PublicKey, types.KeyUsageTypeSignVerify)
	tests := []struct {
		name   string
		public *kms.GetPublicKeyOutput
		err    error
		want   error
	}{
		{"a key that signs", good, nil, nil},
		{"a key that agrees on secrets", publicKeyOf(t, exchange, types.KeyUsageTypeKeyAgreement), nil, ErrKeyKind},
		{"another curve", publicKeyOf(t, &p384.PublicKey, types.KeyUsageTypeSignVerify), nil, ErrKeyKind},
		{"no key", &kms.GetPublicKeyOutput{KeyUsage: types.KeyUsageTypeSignVerify}, nil, ErrKeyKind},
		{"symmetric", nil, apiError(400, &types.UnsupportedOperationException{}), ErrKeyKind},
		{"not there", nil, apiError(400, &types.NotFoundException{}), ErrNoKey},
		{"busy", nil, coded(400, "ThrottlingException"), license.ErrUnavailable},
	}
	for _, tt := range tests {
		keys := NewKeys(&keysKeeper{keeper: k, public: tt.public, fail: map[string]error{"GetPublicKey": tt.err}})
		public, err := keys.Public(t.Context(), "alias/some")
		if !errors.Is(err, tt.want) || err == nil && (public.ARN != signingKey || !public.Equal(&k.private.PublicKey)) {
			t.Errorf("%s: %+v, %v; want %v", tt.name, public, err, tt.want)
		}
	}
}

func TestMake(t *testing.T) {
	const alias = "alias/next"
	busy := coded(400, "ThrottlingException")
	tests := []struct {
		name  string
		known []string
		fail  map[string]error
		spec  types.KeySpec
		arn   string
		calls []string
		want  error
	}{
		{"there", []string{alias}, nil, types.KeySpecEccNistP256, "arn:" + alias, []string{"DescribeKey"}, nil},
		{"a key that signs", nil, nil, types.KeySpecEccNistP256, "arn:new",
			[]string{"DescribeKey", "CreateKey ECC_NIST_P256 SIGN_VERIFY", "CreateAlias alias/next new"}, nil},
		{"a key that encrypts", nil, nil, types.KeySpecSymmetricDefault, "arn:new",
			[]string{"DescribeKey", "CreateKey SYMMETRIC_DEFAULT ENCRYPT_DECRYPT", "CreateAlias alias/next new"}, nil},
		{"nobody knows", nil, map[string]error{"DescribeKey": busy}, types.KeySpecEccNistP256, "",
			[]string{"DescribeKey"}, license.ErrUnavailable},
		{"no alias", nil, map[string]error{"CreateAlias alias/next new": busy}, types.KeySpecEccNistP256, "",
			[]string{"DescribeKey", "CreateKey ECC_NIST_P256 SIGN_VERIFY", "CreateAlias alias/next new"}, license.ErrUnavailable},
	}
	for _, tt := range tests {
		k := &keysKeeper{known: tt.known, fail: tt.fail}
		arn, err := NewKeys(k).Make(t.Context(), alias, tt.spec)
		if arn != tt.arn || !errors.Is(err, tt.want) || !slices.Equal(k.calls, tt.calls) {
			t.Errorf("%s: %q, %v, %q; want %q, %v, %q", tt.name, arn, err, k.calls, tt.arn, tt.want, tt.calls)
		}
	}
}

func TestSignBundle(t *testing.T) {
	k, other := newKeeper(t), newKeeper(t)
	keys := NewKeys(&keysKeeper{keeper: k})
	bundle := certificate.Bundle{Version: 7, IssuedAt: time.Unix(1_800_000_000, 0).UTC(), Keys: []certificate.TrustedKey{
		certificate.NewTrustedKey(&other.private.PublicKey, time.Unix(0, 0), certificate.Activation),
	}}
	root := PublicKey{signingKey, &k.private.PublicKey}
	compact, err := keys.SignBundle(t.Context(), root, bundle)
	if err != nil {
		t.Fatal(err)
	}
	roots := []certificate.RootKey{certificate.NewRootKey(root.PublicKey)}
	if b, err := certificate.VerifyBundle(compact, roots, 7); err != nil || string(b.Payload()) != string(bundle.Payload()) {
		t.Errorf("signed %+v, %v", b, err)
	}
	// KMS signed with another key than the name stood for a moment ago.
	if _, err := keys.SignBundle(t.Context(), PublicKey{signingKey, &other.private.PublicKey}, bundle); !errors.Is(err, certificate.ErrSignature) {
		t.Errorf("by another key: %v, want %v", err, certificate.ErrSignature)
	}
	bundle.Keys = append(bundle.Keys, bundle.Keys[0])
	if _, err := keys.SignBundle(t.Context(), root, bundle); !errors.Is(err, certificate.ErrPayload) {
		t.Errorf("a bundle that clients refuse: %v, want %v", err, certificate.ErrPayload)
	}
}
