// Package awsenv makes the clients of AWS services from a Lambda's environment.
//
// It sets every option by hand. The SDK's own loader would look for profiles,
// single sign-on and instance roles that a Lambda does not have, and doubles the
// time of a cold start; facts/aws.md has the figures.
package awsenv

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const (
	// tryTime bounds one try of one call. Both services answer within
	// milliseconds; a try that hangs must leave time for another.
	tryTime = 5 * time.Second
	// tries and maxBackoff keep a call, retries included, well below the
	// gateway's 30 seconds.
	tries      = 4
	maxBackoff = time.Second
	// warmTime bounds the warm-up: a start must not hang on a service that is down.
	warmTime = 2 * time.Second
)

// Cloud is what a function needs to reach AWS.
type Cloud struct {
	region      string
	credentials aws.CredentialsProvider
	client      *awshttp.BuildableClient
	kmsURL      string
}

// Load reads the environment that Lambda sets: AWS_REGION and the credentials of
// the function's role. AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_KMS, where
// set, name other endpoints. It ends the process where a setting is missing.
func Load() *Cloud {
	credentials := aws.Credentials{
		AccessKeyID:     Must("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: Must("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	region := Must("AWS_REGION")
	kmsURL := os.Getenv("AWS_ENDPOINT_URL_KMS")
	if kmsURL == "" {
		kmsURL = "https://kms." + region + ".amazonaws.com"
	}
	return &Cloud{
		region: region,
		kmsURL: kmsURL,
		credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
		client: awshttp.NewBuildableClient().WithTimeout(tryTime),
	}
}

// Must returns a setting, or ends the process: a function without its settings
// must fail at its start, not at a customer's request.
func Must(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintf(os.Stderr, "environment variable %s is not set\n", name)
		os.Exit(1)
	}
	return value
}

// Log is the functions' log: JSON lines, as CloudWatch reads them.
func Log() *slog.Logger { return slog.New(slog.NewJSONHandler(os.Stdout, nil)) }

// DynamoDB makes a client.
func (c *Cloud) DynamoDB() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: c.region, Credentials: c.credentials, HTTPClient: c.client, Retryer: retryer(),
		BaseEndpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
	})
}

// KMS makes a client.
func (c *Cloud) KMS() *kms.Client {
	return kms.New(kms.Options{
		Region: c.region, Credentials: c.credentials, HTTPClient: c.client, Retryer: retryer(),
		BaseEndpoint: endpoint("AWS_ENDPOINT_URL_KMS"),
	})
}

func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = tries, maxBackoff })
}

// endpoint is nil where the service's own endpoint serves.
func endpoint(name string) *string {
	if value := os.Getenv(name); value != "" {
		return aws.String(value)
	}
	return nil
}

// Warm makes a harmless first call while the function starts, when Lambda lends
// it a whole processor, so that no customer waits for the TLS handshake and the
// first use of the SDK. That it fails is no reason not to start.
func Warm(call func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), warmTime)
	defer cancel()
	if err := call(ctx); err != nil {
		Log().Warn("warm-up failed", slog.Any("error", err))
	}
}

// ConnectKMS opens a connection to KMS that the first signature will use. It
// signs nothing: a function has no right to more than it needs.
func (c *Cloud) ConnectKMS(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.kmsURL, nil)
	if err != nil {
		return err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that it can be used again
	return err
}
