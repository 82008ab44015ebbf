package chariot

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// An UnreachableError says that there was no answer, why, and what to do. What
// was asked for may have happened all the same: the same call finds out.
type UnreachableError struct {
	Server string
	// Proxy is the host and port of the proxy in use; empty: none.
	Proxy string
	Err   error
}

func (e *UnreachableError) Error() string {
	if errors.Is(e.Err, context.Canceled) {
		return fill("unreachable-stopped", "{server}", e.Server)
	}
	return fill("unreachable", "{server}", e.Server, "{why}", e.Why())
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Why is the sentence for the cause alone.
func (e *UnreachableError) Why() string {
	name, values := e.why()
	return fill(name, append(values, "{host}", hostOf(e.Server), "{proxy}", e.Proxy)...)
}

// fill puts values into the sentence of a name.
func fill(name string, values ...string) string {
	return strings.NewReplacer(values...).Replace(sentences[name])
}

// hostOf is the host and port in the URL of a server.
func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server
	}
	return u.Host
}

// why names the sentence for the cause, and what stands in it. What is nearer to
// this machine comes first: the proxy, then names, the network, TLS.
func (e *UnreachableError) why() (sentence string, values []string) {
	var refused *proxyError
	var dns *net.DNSError
	var op *net.OpError
	var certificate *tls.CertificateVerificationError
	unnamed := errors.As(e.Err, &dns)
	switch {
	case errors.As(e.Err, &refused):
		return e.whyProxy(refused)
	case errors.As(e.Err, &op) && op.Op == "proxyconnect" && unnamed:
		return "proxy-name", nil
	case errors.As(e.Err, &op) && op.Op == "proxyconnect":
		return "proxy-away", nil
	case unnamed:
		return "net-name", nil
	case errors.As(e.Err, &certificate):
		return whyTLS(certificate)
	}
	return whyNetwork(e.Err), []string{"{error}", fmt.Sprint(bare(e.Err))}
}

func (e *UnreachableError) whyProxy(refused *proxyError) (string, []string) {
	basic := len(refused.schemes) == 0
	for _, scheme := range refused.schemes {
		basic = basic || strings.EqualFold(scheme, "Basic")
	}
	switch {
	case refused.status != http.StatusProxyAuthRequired:
		return "proxy-refuses", []string{"{status}", fmt.Sprint(refused.status)}
	case !basic:
		return "proxy-scheme", []string{"{schemes}", strings.Join(refused.schemes, " and ")}
	}
	return "proxy-login", nil
}

// whyTLS says what is wrong with the certificate of the server.
func whyTLS(e *tls.CertificateVerificationError) (string, []string) {
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(e, &authority) && len(e.UnverifiedCertificates) > 0:
		last := e.UnverifiedCertificates[len(e.UnverifiedCertificates)-1]
		organization := strings.Join(last.Issuer.Organization, ", ")
		return "tls-authority", []string{"{issuer}", printable(cmp.Or(last.Issuer.CommonName, organization, "somebody without a name"), 100)}
	case errors.As(e, &invalid) && invalid.Reason == x509.Expired:
		return "tls-clock", []string{"{from}", moment(invalid.Cert.NotBefore), "{to}", moment(invalid.Cert.NotAfter)}
	case errors.As(e, &name):
		names := strings.Join(name.Certificate.DNSNames, ", ")
		return "tls-name", []string{"{names}", printable(cmp.Or(names, name.Certificate.Subject.CommonName, "somebody without a name"), 100)}
	}
	return "tls-other", nil
}

func whyNetwork(err error) string {
	var timeout net.Error
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "net-timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "net-refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "net-route"
	case errors.As(err, &record), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return "tls-other"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "net-cut"
	}
	return "net-other"
}

// passes reports whether the cause may pass by itself: what somebody has to set
// does not.
func (e *UnreachableError) passes() bool {
	name, _ := e.why()
	return strings.HasPrefix(name, "net-") || name == "proxy-away"
}

// bare leaves out the URL of the request, which the sentence has already.
func bare(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
