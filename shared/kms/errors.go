package kms

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cirruslink/chariot-license/shared/license"
)

// failure says what an error of the client means for who called it.
func failure(doing string, err error) error { return describe(doing, err, mayPass(err)) }

func describe(doing string, err error, passing bool) error {
	if passing {
		return fmt.Errorf("%s: %w: %w", doing, license.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// discreet is failure without the error itself, whose chain may hold a piece of
// a response, and so of a plaintext. What remains is enough to look it up.
func discreet(doing string, err error) error {
	text := "no answer"
	var refused smithy.APIError
	var response *smithyhttp.ResponseError
	switch {
	case errors.As(err, &refused):
		text = refused.ErrorCode()
	case errors.As(err, &response):
		text = "unreadable answer"
	case errors.Is(err, context.DeadlineExceeded):
		text = "timed out"
	case errors.Is(err, context.Canceled):
		text = "canceled"
	}
	var requestID interface{ ServiceRequestID() string }
	if errors.As(err, &requestID) {
		text += ", request " + requestID.ServiceRequestID()
	}
	return describe(doing, errors.New(text), mayPass(err))
}

// mayPass reports whether the same request may succeed later. Everything may but
// an answer that says no; and of those, the ones about load, about our
// credentials being renewed, and about the state of a key, which the operator
// mends: a machine that waits for its certificate should go on asking.
func mayPass(err error) bool {
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorFault() == smithy.FaultServer {
		return true
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() >= 500 {
		return true
	}
	switch refused.ErrorCode() {
	case "ThrottlingException", "Throttling", "LimitExceededException", "RequestLimitExceeded", "TooManyRequestsException",
		"RequestTimeout", "RequestTimeoutException",
		"KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException",
		"DisabledException", "KMSInvalidStateException",
		"ExpiredTokenException", "ExpiredToken":
		return true
	}
	return false
}
