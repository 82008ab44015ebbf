package chariot

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// connectTime bounds the connection to the server or the proxy, and again the
// handshake of TLS.
const connectTime = 10 * time.Second

// newClient returns what makes the requests, by the network's settings. It fails
// with *SettingsError.
func (s Settings) newClient() (*http.Client, error) {
	proxy, err := s.proxy()
	if err != nil {
		return nil, err
	}
	pool, err := s.authorities()
	if err != nil {
		return nil, err
	}
	dial, err := s.dial()
	if err != nil {
		return nil, err
	}
	return &http.Client{
		// A license key does not travel elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: func(q *http.Request) (*url.URL, error) {
				if proxy == nil || Loopback(q.URL.String()) {
					return nil, nil
				}
				return proxy, nil
			},
			OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
				return proxyRefusal(response)
			},
			DialContext:         dial,
			TLSClientConfig:     &tls.Config{RootCAs: pool, Time: s.Now},
			TLSHandshakeTimeout: connectTime,
			ForceAttemptHTTP2:   true,
			IdleConnTimeout:     90 * time.Second,
		},
	}, nil
}

// proxy returns the URL of the proxy with what it is to be told of us; nil if
// there is none.
func (s Settings) proxy() (*url.URL, error) {
	if s.Proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s.Proxy), "/"))
	switch {
	case err != nil || u.Scheme != "http" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, &SettingsError{"The proxy is not one: write it like http://proxy.example.com:3128."}
	case s.Address != "":
		return nil, &SettingsError{"Give a proxy or an address, not both: a proxy looks names up by itself."}
	}
	if s.ProxyUser != "" {
		u.User = url.UserPassword(s.ProxyUser, s.ProxyPassword)
	}
	return u, nil
}

// proxyName is how sentences call the proxy: without user and password.
func (s Settings) proxyName() string {
	if u, err := s.proxy(); err == nil && u != nil {
		return u.Host
	}
	return ""
}

// authorities are the system's and those of CAFile; nil means the system's.
func (s Settings) authorities() (*x509.CertPool, error) {
	if s.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, &SettingsError{fmt.Sprintf("The CA file %s cannot be read: %v.", s.CAFile, cause(err))}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // where the system has none, the file's suffice
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, &SettingsError{fmt.Sprintf("There is no certificate in the CA file %s: it must be PEM, as between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----.", s.CAFile)}
	}
	return pool, nil
}

// dial connects to Address, where it is given, in place of what the name of the
// server stands for. TLS looks at the name all the same.
func (s Settings) dial() (func(context.Context, string, string) (net.Conn, error), error) {
	dialer := &net.Dialer{Timeout: connectTime}
	if s.Address == "" {
		return dialer.DialContext, nil
	}
	u, err := url.Parse("//" + s.Address)
	if err != nil || u.Hostname() == "" || u.Host != s.Address {
		return nil, &SettingsError{"The license server's address is not one: write it like 203.0.113.7, or 203.0.113.7:443."}
	}
	return func(ctx context.Context, network, target string) (net.Conn, error) {
		port := u.Port()
		if port == "" {
			_, port, _ = net.SplitHostPort(target) // net/http gives it a port
		}
		return dialer.DialContext(ctx, network, net.JoinHostPort(u.Hostname(), port))
	}, nil
}

// newRequest is a request to a license server.
func newRequest(ctx context.Context, method, url string, body []byte) (*http.Request, error) {
	q, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept", "application/json, application/problem+json")
	q.Header.Set("User-Agent", "chariot-license-client/1")
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	return q, nil
}

// A proxyError is a proxy that lets nothing through.
type proxyError struct {
	status  int
	schemes []string
}

func (e *proxyError) Error() string { return fmt.Sprintf("the proxy answers with status %d", e.status) }

// proxyRefusal reads what a proxy answers; nil if it lets us through.
func proxyRefusal(response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	e := &proxyError{status: response.StatusCode}
	for _, challenge := range response.Header.Values("Proxy-Authenticate") {
		scheme, _, _ := strings.Cut(challenge, " ")
		e.schemes = append(e.schemes, printable(scheme, 20))
	}
	return e
}
