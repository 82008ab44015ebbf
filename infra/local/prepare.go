package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/activation"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/kms"
	"github.com/cirruslink/chariot-license/shared/license"
)

const region = "us-east-1"

// prepared is what the set-up made or found.
type prepared struct {
	mailKeyARN string
	signingKey kms.PublicKey
	firstRoot  kms.PublicKey
	rootKeys   []certificate.RootKey // the first one's, and one in reserve
}

// prepare makes what a deployment makes in AWS: the table, the keys and the
// trust bundle. What is there already stays, so it may run at every start.
func prepare(ctx context.Context, about description) (prepared, error) {
	if err := createTable(ctx, about); err != nil {
		return prepared{}, fmt.Errorf("creating the table: %w", err)
	}
	keys := kms.NewKeys(awskms.New(awskms.Options{
		Region:       region,
		BaseEndpoint: aws.String(about.KMSEndpoint),
		Credentials:  aws.CredentialsProviderFunc(localCredentials),
	}))
	p, err := createKeys(ctx, keys)
	if err != nil {
		return p, fmt.Errorf("creating the keys: %w", err)
	}
	if err := publishTrust(ctx, about, keys, p); err != nil {
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
func publishTrust(ctx context.Context, about description, keys *kms.Keys, p prepared) error {
	licenses := dynamo.NewLicenses(database(about), about.Table)
	if _, err := licenses.Publication(ctx); !errors.Is(err, dynamo.ErrUnpublished) {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	key := certificate.NewTrustedKey(p.signingKey.PublicKey, now, certificate.Activation, certificate.Floating)
	bundle := certificate.Bundle{Version: 1, IssuedAt: now, Keys: []certificate.TrustedKey{key}}
	compact, err := keys.SignBundle(ctx, p.firstRoot, bundle)
	if err != nil {
		return err
	}
	err = licenses.Publish(ctx, dynamo.Publication{
		Bundle: compact, Version: bundle.Version, PublishedAt: now, SigningSince: now,
		Trust:     activation.Trust{SigningKey: p.signingKey.ARN, KeyID: key.KeyID, Trusted: []string{key.KeyID}},
		Announced: []dynamo.AnnouncedKey{{KeyID: key.KeyID, SigningKey: p.signingKey.ARN, At: now}},
	})
	if errors.Is(err, license.ErrStale) {
		return nil
	}
	return err
}

func localCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
}

// createKeys makes the keys that are not there yet, by their aliases.
func createKeys(ctx context.Context, keys *kms.Keys) (p prepared, err error) {
	if p.mailKeyARN, err = keys.Make(ctx, "alias/chariot-mail", types.KeySpecSymmetricDefault); err != nil {
		return p, err
	}
	var elliptic []kms.PublicKey
	for _, alias := range []string{"alias/chariot-signing-1", "alias/chariot-root-1", "alias/chariot-root-2"} {
		arn, err := keys.Make(ctx, alias, types.KeySpecEccNistP256)
		if err != nil {
			return p, err
		}
		public, err := keys.Public(ctx, arn)
		if err != nil {
			return p, err
		}
		elliptic = append(elliptic, public)
	}
	p.signingKey, p.firstRoot = elliptic[0], elliptic[1]
	for _, root := range elliptic[1:] {
		p.rootKeys = append(p.rootKeys, certificate.NewRootKey(root.PublicKey))
	}
	return p, nil
}
