package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// The kinds of key that the endpoint has, and what they are for.
const (
	specP256      = "ECC_NIST_P256"
	specSymmetric = "SYMMETRIC_DEFAULT"
	useSign       = "SIGN_VERIFY"
	useEncrypt    = "ENCRYPT_DECRYPT"
	algorithmSign = "ECDSA_SHA_256"
)

// A key is one KMS key. Only Enabled ever changes, under the store's mu.
type key struct {
	ID          string    `json:"id"`
	Spec        string    `json:"spec"`
	Description string    `json:"description,omitempty"`
	Enabled     bool      `json:"enabled"`
	Created     time.Time `json:"created"`
	// Material is the private key in PKCS #8, or the 32 bytes of an AES key.
	Material []byte `json:"material"`

	signer *ecdsa.PrivateKey // of a specP256 key
	sealer cipher.AEAD       // of a specSymmetric key
}

func newKey(spec, description string, now time.Time) (*key, error) {
	k := &key{ID: newUUID(), Spec: spec, Description: description, Enabled: true, Created: now}
	switch spec {
	case specP256:
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		if k.Material, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
			return nil, err
		}
	case specSymmetric:
		k.Material = make([]byte, 32)
		_, _ = rand.Read(k.Material) // never fails: crypto/rand ends the program instead
	}
	return k, k.load()
}

// load makes the usable form of the material.
func (k *key) load() error {
	switch k.Spec {
	case specP256:
		private, err := x509.ParsePKCS8PrivateKey(k.Material)
		if err != nil {
			return err
		}
		signer, ok := private.(*ecdsa.PrivateKey)
		if !ok || signer.Curve != elliptic.P256() {
			return errors.New("the material is no P-256 key")
		}
		k.signer = signer
		return nil
	case specSymmetric:
		block, err := aes.NewCipher(k.Material)
		if err != nil {
			return err
		}
		k.sealer, err = cipher.NewGCM(block)
		return err
	}
	return fmt.Errorf("the spec %q is unknown", k.Spec)
}

func (k *key) arn() string { return arnPrefix + "key/" + k.ID }

func (k *key) usage() string {
	if k.Spec == specP256 {
		return useSign
	}
	return useEncrypt
}

// metadata is what CreateKey and DescribeKey tell of a key.
type metadata struct {
	AWSAccountId          string
	Arn                   string
	CreationDate          float64 // seconds, as the protocol has times
	CustomerMasterKeySpec string  // the older name of KeySpec
	Description           string
	Enabled               bool
	EncryptionAlgorithms  []string `json:",omitempty"`
	KeyId                 string
	KeyManager            string
	KeySpec               string
	KeyState              string
	KeyUsage              string
	MultiRegion           bool
	Origin                string
	SigningAlgorithms     []string `json:",omitempty"`
}

// metadata is called with the store's mu held, since it reads Enabled.
func (k *key) metadata() metadata {
	m := metadata{
		AWSAccountId:          "000000000000",
		Arn:                   k.arn(),
		CreationDate:          seconds(k.Created),
		CustomerMasterKeySpec: k.Spec,
		Description:           k.Description,
		Enabled:               k.Enabled,
		KeyId:                 k.ID,
		KeyManager:            "CUSTOMER",
		KeySpec:               k.Spec,
		KeyState:              "Disabled",
		KeyUsage:              k.usage(),
		Origin:                "AWS_KMS",
	}
	if k.Enabled {
		m.KeyState = "Enabled"
	}
	if k.Spec == specP256 {
		m.SigningAlgorithms = []string{algorithmSign}
	} else {
		m.EncryptionAlgorithms = []string{specSymmetric}
	}
	return m
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
