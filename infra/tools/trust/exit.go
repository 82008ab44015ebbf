package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cirruslink/chariot-license/shared/license"
)

// The exit codes, as usage explains them.
const (
	exitDone = iota
	exitRefused
	exitUsage
	exitUnreachable
	exitFile
)

// A sentence is what the operator is told, with the exit code that goes with it.
type sentence struct {
	code int
	text string
}

func (s *sentence) Error() string { return s.text }

// refused: as things are, it must not be done.
func refused(format string, args ...any) error {
	return &sentence{exitRefused, fmt.Sprintf(format, args...)}
}

// misused: the command line is wrong, or an input.
func misused(format string, args ...any) error {
	return &sentence{exitUsage, fmt.Sprintf(format, args...)}
}

// unusable: a file cannot be read or written, or is not what it should be.
func unusable(format string, args ...any) error {
	return &sentence{exitFile, fmt.Sprintf(format, args...)}
}

// exitCode is the only place where an error becomes an exit code.
func exitCode(err error) int {
	var told *sentence
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &told):
		return told.code
	case errors.Is(err, license.ErrStale), refusal(err) != nil:
		return exitRefused
	}
	return exitUnreachable
}

// explain is an error for people: without what the SDK wraps around the cause.
func explain(err error) string {
	var told *sentence
	var sending *url.Error
	answer := refusal(err)
	switch {
	case errors.As(err, &told):
		return told.text
	case errors.Is(err, license.ErrStale):
		return "Others change the publication at the same time. Look at it with trust show, then run the same again."
	case errors.Is(err, license.ErrUnknown):
		return "The table did not answer: it may have been done or not. Run the same again to find out."
	case answer != nil:
		return fmt.Sprintf("AWS refuses: %s (%s).", answer.ErrorMessage(), answer.ErrorCode())
	case errors.As(err, &sending):
		err = sending
	}
	return fmt.Sprintf("AWS does not answer: %v. Check the network and AWS_REGION, then run the same again.", err)
}

// refusal is AWS's answer, where it says no and would say so again; else nil.
func refusal(err error) smithy.APIError {
	var answer smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &answer) || !errors.As(err, &response) || response.HTTPStatusCode()/100 != 4 {
		return nil
	}
	// For a machine these pass, once the operator has acted: and this is the operator.
	ours := []string{"DisabledException", "KMSInvalidStateException", "ExpiredTokenException", "ExpiredToken"}
	if errors.Is(err, license.ErrUnavailable) && !slices.Contains(ours, answer.ErrorCode()) {
		return nil
	}
	return answer
}
