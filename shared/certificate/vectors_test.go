package certificate

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/cirruslink/chariot-license/shared/license"
)

var update = flag.Bool("update", false, "write testdata/vectors.json and the example in FORMAT.md")

const vectorsFile = "testdata/vectors.json"

// A vectorFile is testdata/vectors.json; FORMAT.md specifies it.
type vectorFile struct {
	Description string   `json:"description"`
	Vectors     []vector `json:"vectors"`
}

// A vector is one case: all that a verifier is given, and what it must say.
type vector struct {
	Name        string    `json:"name"`
	Roots       []RootKey `json:"roots"`
	MinVersion  int64     `json:"minVersion"`
	TrustBundle string    `json:"trustBundle"`
	Certificate string    `json:"certificate"`
	Expected    expected  `json:"expected"`
	// Failures are empty where the bundle, or the certificate, is good.
	BundleFailure      string `json:"bundleFailure,omitempty"`
	CertificateFailure string `json:"certificateFailure,omitempty"`
	// Reads is the certificate as it was understood, as its payload.
	Reads string `json:"reads,omitempty"`
}

type expected struct {
	Kind        Kind                `json:"kind"`
	License     license.ID          `json:"license"`
	Fingerprint license.Fingerprint `json:"fingerprint"`
	Nonce       string              `json:"nonce"`
}

// failures are the errors by their names in the vectors.
var failures = map[string]error{
	"compact": ErrCompact, "header": ErrHeader, "kind": ErrKind, "root": ErrUnknownRoot,
	"unknown-key": ErrUnknownKey, "key-use": ErrKeyUse, "algorithm": ErrAlgorithm,
	"unsupported": ErrUnsupported, "key": ErrKey, "signature-form": ErrSignatureForm,
	"signature": ErrSignature, "payload": ErrPayload, "key-period": ErrKeyPeriod,
	"license": ErrLicense, "machine": ErrMachine, "nonce": ErrNonce,
}

func failureName(err error) string {
	var replayed *ReplayedBundleError
	if errors.As(err, &replayed) {
		return "replayed"
	}
	for name, cause := range failures {
		if errors.Is(err, cause) {
			return name
		}
	}
	if err != nil {
		return "unnamed: " + err.Error()
	}
	return ""
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, encodeVectors(forgeVectors())) {
		t.Error("the committed vectors are not those of the generator: run go test -update, and say in the commit why")
	}
	seen := map[string]int{}
	for _, v := range file.Vectors {
		seen[v.BundleFailure]++
		seen[v.CertificateFailure]++
		t.Run(v.Name, func(t *testing.T) { runVector(t, v) })
	}
	t.Logf("%d vectors", len(file.Vectors))
	for name := range failures {
		if seen[name] == 0 {
			t.Errorf("no vector fails with %q", name)
		}
	}
}

func runVector(t *testing.T, v vector) {
	bundle, err := VerifyBundle(v.TrustBundle, v.Roots, v.MinVersion)
	if got := failureName(err); got != v.BundleFailure {
		t.Fatalf("the bundle fails with %q, want %q", got, v.BundleFailure)
	}
	if err != nil {
		return
	}
	want := Expected{v.Expected.Kind, v.Expected.License, v.Expected.Fingerprint, v.Expected.Nonce}
	c, err := Verify(v.Certificate, bundle, want)
	if got := failureName(err); got != v.CertificateFailure {
		t.Fatalf("the certificate fails with %q (%v), want %q", got, err, v.CertificateFailure)
	}
	if err != nil {
		if c != nil {
			t.Error("a refused certificate was returned")
		}
		return
	}
	if got := string(c.Payload()); got != v.Reads {
		t.Errorf("it reads\n%s\nwant\n%s", got, v.Reads)
	}
}

func writeVectors(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(vectorsFile, encodeVectors(forgeVectors()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func encodeVectors(vectors []vector) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	encoder.Encode(vectorFile{
		"Certificates and trust bundles, good and bad, with what a verifier must say of each. FORMAT.md, Test vectors, explains the members.",
		vectors,
	})
	return b.Bytes()
}
