package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/cirruslink/chariot-license/infra/command"
	"github.com/cirruslink/chariot-license/shared/awsenv"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/kms"
)

// A cloud is where the table and the keys are.
type cloud struct {
	keys *kms.Keys
	// licenses is nil where no table was named.
	licenses *dynamo.Licenses
	// roots are the root keys that clients have pinned; none: not known here.
	roots []certificate.RootKey
}

// open makes the clients: of AWS, as the environment says, or of a local stack.
func (o *options) open() (c cloud, err error) {
	var db *dynamodb.Client
	if o.local != "" {
		c, db, err = o.openLocal()
	} else {
		c, db, err = o.openAWS()
	}
	if err != nil {
		return c, err
	}
	if o.table != "" {
		c.licenses = dynamo.NewLicenses(db, o.table)
	}
	if o.rootKeys != "" {
		c.roots, err = readRootKeys(o.rootKeys)
	}
	return c, err
}

func (o *options) openAWS() (cloud, *dynamodb.Client, error) {
	for _, name := range []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		if os.Getenv(name) == "" {
			return cloud{}, nil, misused("%s is not set. Set the region and the credentials (aws configure export-credentials --format env prints them), or say --local DIR for a local stack.", name)
		}
	}
	env := awsenv.Load()
	return cloud{keys: kms.NewKeys(env.KMS())}, env.DynamoDB(), nil
}

// openLocal reads what a local stack says of itself.
func (o *options) openLocal() (cloud, *dynamodb.Client, error) {
	var stack struct {
		RootKeys         []certificate.RootKey `json:"rootKeys"`
		DynamoDBEndpoint string                `json:"dynamodbEndpoint"`
		KMSEndpoint      string                `json:"kmsEndpoint"`
		Table            string                `json:"table"`
	}
	text, err := os.ReadFile(filepath.Join(o.local, "stack.json"))
	if err == nil {
		err = json.Unmarshal(text, &stack)
	}
	if err == nil && (stack.Table == "" || stack.DynamoDBEndpoint == "" || stack.KMSEndpoint == "") {
		err = errors.New("a part is missing")
	}
	if err != nil {
		return cloud{}, nil, unusable("There is no local stack in %s: %v. Start one with make run, and name its STATE_DIR.", o.local, command.Reason(err))
	}
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
	})
	db := dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: &stack.DynamoDBEndpoint, Credentials: credentials})
	keys := awskms.New(awskms.Options{Region: "us-east-1", BaseEndpoint: &stack.KMSEndpoint, Credentials: credentials})
	return cloud{kms.NewKeys(keys), dynamo.NewLicenses(db, stack.Table), stack.RootKeys}, db, nil
}

// public reads the public half of a KMS key.
func (c cloud) public(ctx context.Context, name string) (kms.PublicKey, error) {
	key, err := c.keys.Public(ctx, name)
	switch {
	case errors.Is(err, kms.ErrNoKey):
		return key, refused("KMS has no key %s in this account and region.", name)
	case errors.Is(err, kms.ErrKeyKind):
		return key, refused("The KMS key %s does not sign on P-256: it must be of spec ECC_NIST_P256 and usage SIGN_VERIFY.", name)
	}
	return key, err
}

// readRootKeys reads a file of root keys, as trust show --root prints it.
func readRootKeys(name string) ([]certificate.RootKey, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, unusable("The root keys %s cannot be read: %v.", name, command.Reason(err))
	}
	roots, err := certificate.ParseRootKeys(text)
	if err != nil {
		return nil, unusable("There are no root keys in %s (%v): it must be what trust show --root prints, or a stack.json.", name, err)
	}
	return roots, nil
}
