package chariot

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// An UnreachableError says that there was no answer, and what to look at. What
// was asked for may have happened all the same: the same call finds out.
type UnreachableError struct {
	Server string
	Err    error
}

func (e *UnreachableError) Error() string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	because := func(advice string) string {
		return fmt.Sprintf("The license server %s could not be reached: %v. %s Nothing is lost: try again.", e.Server, e.reason(), advice)
	}
	switch {
	case errors.Is(e.Err, context.Canceled):
		return fmt.Sprintf("Stopped before the license server %s answered. Nothing is lost: try again.", e.Server)
	case errors.As(e.Err, &dns):
		return because("Check the name in its URL, and this machine's DNS.")
	case errors.As(e.Err, &certificate):
		return because("Its TLS certificate is not trusted here: check this machine's clock, and whether a proxy or firewall intercepts TLS.")
	case errors.As(e.Err, &timeout) && timeout.Timeout():
		return because("It did not answer in time: check the firewall and the proxy.")
	}
	return because("Check the URL, the network, the firewall and the proxy.")
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// reason leaves out the URL of the request, which the sentence has already.
func (e *UnreachableError) reason() error {
	var wrapped *url.Error
	if errors.As(e.Err, &wrapped) {
		return wrapped.Err
	}
	return e.Err
}

// An AnswerError says that something answered, and not as a license server does:
// the URL is wrong, or there is something in between.
type AnswerError struct {
	Server string
	// Status is that of HTTP; 0 if what is wrong is in a good answer.
	Status int
	What   string
}

func (e *AnswerError) Error() string {
	status := ""
	if e.Status != 0 {
		status = fmt.Sprintf(" (status %d)", e.Status)
	}
	if isBusy(e.Status) {
		return fmt.Sprintf("The license server %s is out of order for a moment%s. Nothing is lost: try again in a few minutes.", e.Server, status)
	}
	return fmt.Sprintf("The answer of %s%s is of no use: %s. Check the license server's URL, and whether a proxy or a login page stands in between.", e.Server, status, e.What)
}
