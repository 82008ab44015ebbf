package kms

import (
	"cmp"
	"crypto/x509"
	"time"
)

type createKeyInput struct {
	KeySpec               string
	CustomerMasterKeySpec string // the older name of KeySpec
	KeyUsage              string
	Description           string
	MultiRegion           bool
}

type keyMetadata struct{ KeyMetadata metadata }

func (s *store) createKey(in createKeyInput) (keyMetadata, error) {
	spec := cmp.Or(in.KeySpec, in.CustomerMasterKeySpec, specSymmetric)
	if spec != specP256 && spec != specSymmetric || in.MultiRegion {
		return keyMetadata{}, unsupported("The local KMS endpoint makes single-region %s and %s keys only.", specP256, specSymmetric)
	}
	k, err := newKey(spec, in.Description, time.Now().UTC())
	if err != nil {
		return keyMetadata{}, err
	}
	// The default is ENCRYPT_DECRYPT even where the spec cannot do it, as in KMS.
	if usage := cmp.Or(in.KeyUsage, useEncrypt); usage != k.usage() {
		return keyMetadata{}, invalid("KeyUsage %s is not compatible with KeySpec %s.", usage, spec)
	}
	out := keyMetadata{k.metadata()} // before anybody else knows the key
	return out, s.change(func() (func(), error) {
		s.keys[k.ID] = k
		return func() { delete(s.keys, k.ID) }, nil
	})
}

type keyInput struct{ KeyId string }

func (s *store) describeKey(in keyInput) (keyMetadata, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, err := s.lookup(in.KeyId)
	if err != nil {
		return keyMetadata{}, err
	}
	return keyMetadata{k.metadata()}, nil
}

func (s *store) enableKey(in keyInput) (nothing, error)  { return nothing{}, s.enable(in.KeyId, true) }
func (s *store) disableKey(in keyInput) (nothing, error) { return nothing{}, s.enable(in.KeyId, false) }

func (s *store) enable(name string, enabled bool) error {
	return s.change(func() (func(), error) {
		k, err := s.lookupKey(name)
		if err != nil {
			return nil, err
		}
		before := k.Enabled
		k.Enabled = enabled
		return func() { k.Enabled = before }, nil
	})
}

type publicKey struct {
	CustomerMasterKeySpec string
	KeyId                 string
	KeySpec               string
	KeyUsage              string
	PublicKey             []byte // SubjectPublicKeyInfo in DER
	SigningAlgorithms     []string
}

func (s *store) getPublicKey(in keyInput) (publicKey, error) {
	k, err := s.findUsable(in.KeyId)
	if err != nil {
		return publicKey{}, err
	}
	if k.signer == nil {
		return publicKey{}, unsupported("%s is symmetric: it has no public key.", k.arn())
	}
	der, err := x509.MarshalPKIXPublicKey(&k.signer.PublicKey)
	if err != nil {
		return publicKey{}, err
	}
	return publicKey{k.Spec, k.arn(), k.Spec, useSign, der, []string{algorithmSign}}, nil
}
