package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	sharedkms "github.com/cirruslink/chariot-license/shared/kms"
	"github.com/cirruslink/chariot-license/shared/license"
)

const region = "us-east-1"

// prepared is what the set-up made or found.
type prepared struct {
	mailKeyARN    string
	signingKeyARN string
	rootKeyARNs   []string
	rootKeys      []certificate.RootKey // of rootKeyARNs, in their order
}

// prepare makes what a deployment makes in AWS: the table, the keys and the
// trust bundle. What is there already stays, so it may run at every start.
func prepare(ctx context.Context, about description) (prepared, error) {
	if err := createTable(ctx, about); err != nil {
		return prepared{}, fmt.Errorf("creating the table: %w", err)
	}
	client := kms.New(kms.Options{
		Region:       region,
		BaseEndpoint: aws.String(about.KMSEndpoint),
		Credentials:  aws.CredentialsProviderFunc(localCredentials),
	})
	p, err := createKeys(ctx, client)
	if err != nil {
		return p, fmt.Errorf("creating the keys: %w", err)
	}
	if err := publishTrust(ctx, about, client, p); err != nil {
		return p, fmt.Errorf("publishing the trust bundle: %w", err)
	}
	return p, nil
}

// createTable makes the table unless it is there.
func createTable(ctx context.Context, about description) error {
	_, err := database(about).CreateTable(ctx, dynamo.Schema(about.Table))
	var exists *dynamodbtypes.ResourceInUseException
	if errors.As(err, &exists) {
		return nil
	}
	return err
}

func database(about description) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       region,
		BaseEndpoint: aws.String(about.DynamoDBEndpoint),
		Credentials:  aws.CredentialsProviderFunc(localCredentials),
	})
}

// publishTrust publishes the first trust bundle, signed by the first root key,
// unless one is published: from then on it is the operator's.
func publishTrust(ctx context.Context, about description, client *kms.Client, p prepared) error {
	licenses := dynamo.NewLicenses(database(about), about.Table)
	if published, err := licenses.Publication(ctx); err == nil && published.Version > 0 {
		return nil
	}
	signing, err := publicKey(ctx, client, p.signingKeyARN)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	key := certificate.NewTrustedKey(signing, now, certificate.Activation, certificate.Floating)
	bundle := certificate.Bundle{Version: 1, IssuedAt: now, Keys: []certificate.TrustedKey{key}}
	signed := license.Signed{KeyID: p.rootKeys[0].KeyID, Payload: bundle.Payload()}
	message := certificate.SigningInput(certificate.Trust, signed.KeyID, signed.Payload)
	if signed.Signature, err = sharedkms.NewSigner(client).Sign(ctx, p.rootKeyARNs[0], message); err != nil {
		return err
	}
	err = licenses.Publish(ctx, dynamo.Publication{
		Bundle: certificate.Compact(certificate.Trust, signed), Version: bundle.Version,
		Trust: activation.Trust{SigningKey: p.signingKeyARN, KeyID: key.KeyID, Trusted: []string{key.KeyID}},
	})
	if errors.Is(err, license.ErrStale) {
		return nil
	}
	return err
}

// publicKey reads the public half of a key.
func publicKey(ctx context.Context, client *kms.Client, arn string) (*ecdsa.PublicKey, error) {
	public, err := client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &arn})
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(public.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("public key of %s: %w", arn, err)
	}
	elliptic, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("public key of %s is no ECDSA key", arn)
	}
	return elliptic, nil
}

func localCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
}

// createKeys makes the keys that are not there yet, by their aliases.
func createKeys(ctx context.Context, client *kms.Client) (prepared, error) {
	var p prepared
	var err error
	if p.signingKeyARN, err = createKey(ctx, client, "alias/chariot-signing-1", types.KeySpecEccNistP256); err != nil {
		return p, err
	}
	if p.mailKeyARN, err = createKey(ctx, client, "alias/chariot-mail", types.KeySpecSymmetricDefault); err != nil {
		return p, err
	}
	for _, alias := range []string{"alias/chariot-root-1", "alias/chariot-root-2"} {
		arn, err := createKey(ctx, client, alias, types.KeySpecEccNistP256)
		if err != nil {
			return p, err
		}
		public, err := publicKey(ctx, client, arn)
		if err != nil {
			return p, err
		}
		p.rootKeyARNs = append(p.rootKeyARNs, arn)
		p.rootKeys = append(p.rootKeys, certificate.NewRootKey(public))
	}
	return p, nil
}

// createKey returns the ARN of the key that alias names, which it makes where
// there is none. A kill between key and alias leaves a key that nothing uses.
func createKey(ctx context.Context, client *kms.Client, alias string, spec types.KeySpec) (string, error) {
	found, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &alias})
	if err == nil {
		return *found.KeyMetadata.Arn, nil
	}
	var missing *types.NotFoundException
	if !errors.As(err, &missing) {
		return "", err
	}
	usage := types.KeyUsageTypeSignVerify
	if spec == types.KeySpecSymmetricDefault {
		usage = types.KeyUsageTypeEncryptDecrypt
	}
	made, err := client.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage, Description: &alias})
	if err != nil {
		return "", err
	}
	_, err = client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: made.KeyMetadata.KeyId})
	return *made.KeyMetadata.Arn, err
}
