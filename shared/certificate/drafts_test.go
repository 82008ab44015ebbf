package certificate

import (
	"crypto/ecdsa"
	"slices"

	"github.com/cirruslink/chariot-license/shared/license"
)

// A draft is a vector in the making. It starts good; a row changes what its
// name says.
type draft struct {
	roots      []RootKey
	minVersion int64
	bundle     forgery
	cert       forgery
	want       Expected
	// world is what the bundle says before a trial spoils it, and signer the key
	// of the certificate in it.
	world  *Bundle
	signer TrustedKey
}

// A row is one vector: its name, its failure if it has one, and how it differs
// from a good one.
type row struct {
	name    string
	failure string
	change  func(*draft)
}

func newDraft() *draft {
	return &draft{
		roots:      []RootKey{NewRootKey(&rootKey.PublicKey), NewRootKey(&spareRoot.PublicKey)},
		minVersion: 7,
		bundle:     genuine(rootKey, Trust, sampleBundle().Payload()),
		cert:       genuine(currentKey, Activation, sampleCertificate().Payload()),
		want:       Expected{Kind: Activation, License: plantKey.ID(), Machine: plant},
	}
}

// carry puts a certificate into the draft, signed with key.
func (d *draft) carry(key *ecdsa.PrivateKey, change func(*Certificate)) {
	c := sampleCertificate()
	change(&c)
	d.cert = genuine(key, d.want.Kind, c.Payload())
	d.want.Nonce = c.Nonce
}

// trust puts a bundle into the draft, signed with the first root key.
func (d *draft) trust(change func(*Bundle)) {
	b := sampleBundle()
	change(b)
	d.bundle = genuine(rootKey, Trust, b.Payload())
}

// forgeVectors makes all vectors, the same each time.
func forgeVectors() []vector {
	vectors := []vector{}
	rows := slices.Concat(goodRows(), readingRows(), compactRows(), headerRows(), keyRows(),
		signatureRows(), payloadRows(), memberRows(), expectedRows(), goodBundleRows())
	for _, r := range rows {
		d := newDraft()
		r.change(d)
		v := d.vector(r.name)
		if v.CertificateFailure = r.failure; r.failure == "" {
			v.Reads = reads(d.cert.payload)
		}
		vectors = append(vectors, v)
	}
	for _, r := range bundleRows() {
		d := newDraft()
		r.change(d)
		v := d.vector(r.name)
		v.BundleFailure = r.failure
		vectors = append(vectors, v)
	}
	return vectors
}

func (d *draft) vector(name string) vector {
	return vector{
		Name: name, Roots: d.roots, MinVersion: d.minVersion,
		TrustBundle: d.bundle.compact(), Certificate: d.cert.compact(),
		Expected: expected{d.want.Kind, d.want.License, d.want.Machine, d.want.Nonce},
	}
}

// reads is what a good payload says to a reader.
func reads(payload string) string {
	c, err := Parse([]byte(payload))
	if err != nil {
		panic(err)
	}
	return string(c.Payload())
}

func features(names ...string) (list []license.Feature) {
	for _, name := range names {
		list = append(list, license.Feature{Name: name})
	}
	return list
}
