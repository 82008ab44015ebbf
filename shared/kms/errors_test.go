package kms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cirruslink/chariot-license/shared/license"
)

// apiError is an answer of KMS as the SDK returns it.
func apiError(status int, cause error) error {
	response := &smithyhttp.Response{Response: &http.Response{StatusCode: status}}
	return &smithy.OperationError{ServiceID: "KMS", OperationName: "Op", Err: &awshttp.ResponseError{
		RequestID:     "request-1",
		ResponseError: &smithyhttp.ResponseError{Response: response, Err: cause},
	}}
}

func coded(status int, code string) error {
	return apiError(status, &smithy.GenericAPIError{Code: code, Message: "m"})
}

func TestErrorClasses(t *testing.T) {
	tests := []struct {
		name  string
		err   error
		mayBe bool
	}{
		{"throttled", coded(400, "ThrottlingException"), true},
		{"too many in flight", apiError(400, &types.LimitExceededException{}), true},
		{"internal", apiError(500, &types.KMSInternalException{}), true},
		{"dependency timed out", apiError(503, &types.DependencyTimeoutException{}), true},
		{"key unavailable", apiError(500, &types.KeyUnavailableException{}), true},
		{"key disabled", apiError(400, &types.DisabledException{}), true},
		{"key is to be deleted", apiError(400, &types.KMSInvalidStateException{}), true},
		{"credentials expired", coded(400, "ExpiredTokenException"), true},
		{"unknown code, 503", coded(503, "Whatever"), true},
		{"unknown code, the server's fault", apiError(400, &smithy.GenericAPIError{Code: "W", Fault: smithy.FaultServer}), true},
		{"answer without a code, 502", apiError(502, errors.New("<html>")), true},
		{"connection", &smithyhttp.RequestSendError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, true},
		{"answer cut off", &smithy.DeserializationError{Err: io.ErrUnexpectedEOF}, true},
		{"deadline", fmt.Errorf("op: %w", context.DeadlineExceeded), true},
		{"canceled", &aws.RequestCanceledError{Err: context.Canceled}, true},
		{"access denied", coded(400, "AccessDeniedException"), false},
		{"no such key", apiError(400, &types.NotFoundException{}), false},
		{"key of another use", apiError(400, &types.InvalidKeyUsageException{}), false},
		{"mistake of ours", coded(400, "ValidationException"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, signing := NewSigner(&keeper{err: tt.err}).Sign(t.Context(), signingKey, []byte("m"))
			_, sealing := NewCipher(vault{tt.err}, mailKey).Encrypt(t.Context(), nil, "lic_1")
			_, opening := NewCipher(vault{tt.err}, mailKey).Decrypt(t.Context(), nil, "lic_1")
			for _, err := range []error{signing, sealing, opening} {
				if got := errors.Is(err, license.ErrUnavailable); err == nil || got != tt.mayBe {
					t.Errorf("%v: unavailable is %v, want %v", err, got, tt.mayBe)
				}
			}
			if !errors.Is(signing, tt.err) {
				t.Errorf("the log of %v lacks the cause", signing)
			}
		})
	}
}

func TestDiscreetErrorsCanBeLookedUp(t *testing.T) {
	for err, want := range map[error]string{
		coded(400, "AccessDeniedException"):   "AccessDeniedException, request request-1",
		apiError(502, errors.New("<html>")):   "unreadable answer, request request-1",
		fmt.Errorf("x: %w", context.Canceled): "canceled",
		context.DeadlineExceeded:              "timed out",
		io.EOF:                                "no answer",
	} {
		if got := discreet("encrypting", err).Error(); !strings.HasSuffix(got, want) {
			t.Errorf("got %q, want it to end in %q", got, want)
		}
	}
}

// The real client's errors are of the classes that the tests above assume.
func TestRealClient(t *testing.T) {
	answers := map[string]string{
		"/disabled":  `400 {"__type":"DisabledException","message":"m"}`,
		"/notfound":  `400 {"__type":"NotFoundException","message":"m"}`,
		"/throttled": `400 {"__type":"ThrottlingException","message":"m"}`,
		"/cut":       `200 {"Signature":"AAAA`,
		"/empty":     `200 {}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body, _ := strings.Cut(answers[strings.TrimSuffix(r.URL.Path, "/")], " ")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(map[string]int{"200": 200, "400": 400}[status])
		io.WriteString(w, body)
	}))
	defer server.Close()
	for path, want := range map[string]error{
		"/disabled": license.ErrUnavailable, "/throttled": license.ErrUnavailable,
		"/cut": license.ErrUnavailable, "/empty": ErrSignature,
	} {
		_, err := NewSigner(client(server.URL+path)).Sign(t.Context(), signingKey, []byte("m"))
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	_, err := NewSigner(client(server.URL+"/notfound")).Sign(t.Context(), signingKey, []byte("m"))
	var notFound *types.NotFoundException
	if !errors.As(err, &notFound) || errors.Is(err, license.ErrUnavailable) {
		t.Errorf("no such key: %v", err)
	}
	server.Close()
	_, err = NewSigner(client(server.URL)).Sign(t.Context(), signingKey, []byte("m"))
	if !errors.Is(err, license.ErrUnavailable) {
		t.Errorf("without a server: %v", err)
	}
}

func client(url string) *kms.Client {
	return kms.New(kms.Options{
		Region: "us-east-1", BaseEndpoint: &url, RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Timeout: 5 * time.Second},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}, nil
		}),
	})
}
