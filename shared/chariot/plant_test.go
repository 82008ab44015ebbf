package chariot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const licenseHost = "license.example.com"

// A plant is a network between a machine and a vendor that speaks TLS as
// licenseHost, by a certificate authority that no system knows.
type plant struct {
	*vendor
	address string
	caFile  string
}

// newPlant makes the TLS certificate for a name and a time.
func newPlant(t *testing.T, name string, from, to time.Time) *plant {
	v := newVendor(t)
	authority, authorityKey := issueTLS(t, nil, nil, &x509.Certificate{
		Subject: pkix.Name{CommonName: "Plant Firewall CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: from, NotAfter: to,
	})
	leaf, key := issueTLS(t, authority, authorityKey, &x509.Certificate{DNSNames: []string{name}, NotBefore: from, NotAfter: to})
	server := httptest.NewUnstartedServer(v)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of us
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return &plant{v, server.Listener.Addr().String(), file}
}

// issueTLS makes a certificate; without an authority, by its own key.
func issueTLS(t *testing.T, authority *x509.Certificate, by *ecdsa.PrivateKey, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if template.SerialNumber = big.NewInt(1); authority == nil {
		authority, by = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

// proxy starts a proxy that lets through who shows a login (none: everybody), and
// otherwise answers with a status and challenges. It connects to to.
func proxy(t *testing.T, to, login string, status int, challenges ...string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		if status != 0 && (login == "" || user+":"+password != login) {
			for _, challenge := range challenges {
				w.Header().Add("Proxy-Authenticate", challenge)
			}
			w.WriteHeader(status)
			return
		}
		if r.Method != http.MethodConnect || r.URL.Host != licenseHost+":443" {
			t.Errorf("the proxy is asked for %s %s", r.Method, r.URL.Host)
		}
		tunnel(w, to)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func tunnel(w http.ResponseWriter, to string) {
	there, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer there.Close()
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(there, here)
	_, _ = io.Copy(here, there)
}

// listen accepts connections and gives each to serve.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
	return listener.Addr().String()
}
