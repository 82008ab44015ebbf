package kms

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
)

// maxMessage is what KMS takes of a raw message or a plaintext.
const maxMessage = 4096

type signInput struct {
	KeyId            string
	Message          []byte
	MessageType      string
	SigningAlgorithm string
}

type signature struct {
	KeyId            string
	Signature        []byte // r and s in DER; s is as it came, high half of the time
	SigningAlgorithm string
}

func (s *store) sign(in signInput) (signature, error) {
	k, digest, err := s.signer(in)
	if err != nil {
		return signature{}, err
	}
	der, err := ecdsa.SignASN1(rand.Reader, k.signer, digest)
	return signature{k.arn(), der, algorithmSign}, err
}

type verifyInput struct {
	signInput
	Signature []byte
}

type verification struct {
	KeyId            string
	SignatureValid   bool
	SigningAlgorithm string
}

// verify never answers false: a signature that does not verify is an error, as
// in KMS.
func (s *store) verify(in verifyInput) (verification, error) {
	if len(in.Signature) == 0 {
		return verification{}, invalid("Signature must not be empty.")
	}
	k, digest, err := s.signer(in.signInput)
	if err != nil {
		return verification{}, err
	}
	if !ecdsa.VerifyASN1(&k.signer.PublicKey, digest, in.Signature) {
		return verification{}, invalidSignature()
	}
	return verification{k.arn(), true, algorithmSign}, nil
}

// signer finds the key and the digest that in is about.
func (s *store) signer(in signInput) (*key, []byte, error) {
	if in.SigningAlgorithm == "" {
		return nil, nil, invalid("SigningAlgorithm must not be empty.")
	}
	digest, err := in.digest()
	if err != nil {
		return nil, nil, err
	}
	k, err := s.findUsable(in.KeyId)
	if err != nil {
		return nil, nil, err
	}
	if k.signer == nil {
		return nil, nil, wrongUsage("%s key usage is %s, which is not valid for this operation.", k.arn(), k.usage())
	}
	if in.SigningAlgorithm != algorithmSign {
		return nil, nil, wrongUsage("Algorithm %s is incompatible with key spec %s.", in.SigningAlgorithm, k.Spec)
	}
	return k, digest, nil
}

// digest is what is signed: of a raw message its SHA-256, of a digest itself.
func (in signInput) digest() ([]byte, error) {
	switch cmp.Or(in.MessageType, "RAW") {
	case "RAW":
		if len(in.Message) == 0 || len(in.Message) > maxMessage {
			return nil, invalid("Message must have between 1 and %d bytes; sign the digest of a longer one.", maxMessage)
		}
		sum := sha256.Sum256(in.Message)
		return sum[:], nil
	case "DIGEST":
		if len(in.Message) != sha256.Size {
			return nil, invalid("Digest is invalid length for algorithm %s.", algorithmSign)
		}
		return in.Message, nil
	}
	return nil, invalid("MessageType must be RAW or DIGEST.")
}
