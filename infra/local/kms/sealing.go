package kms

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"slices"
)

const (
	// blobVersion begins every ciphertext blob: version, key ID, nonce, sealed.
	blobVersion   = 1
	keyIDSize     = 36
	maxCiphertext = 6144 // KMS's own bound
	maxContext    = 8192
)

type encryptInput struct {
	KeyId               string
	Plaintext           []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
}

type encrypted struct {
	CiphertextBlob      []byte
	EncryptionAlgorithm string
	KeyId               string
}

func (s *store) encrypt(in encryptInput) (encrypted, error) {
	if len(in.Plaintext) == 0 || len(in.Plaintext) > maxMessage {
		return encrypted{}, invalid("Plaintext must have between 1 and %d bytes.", maxMessage)
	}
	k, err := s.sealer(in.KeyId, in.EncryptionAlgorithm)
	if err != nil {
		return encrypted{}, err
	}
	bound, err := additionalData(k.ID, in.EncryptionContext)
	if err != nil {
		return encrypted{}, err
	}
	nonce := make([]byte, k.sealer.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program instead
	blob := append([]byte{blobVersion}, k.ID...)
	blob = append(blob, nonce...)
	return encrypted{k.sealer.Seal(blob, nonce, in.Plaintext, bound), specSymmetric, k.arn()}, nil
}

type decryptInput struct {
	CiphertextBlob      []byte
	KeyId               string // optional: the blob names its key
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
}

type decrypted struct {
	EncryptionAlgorithm string
	KeyId               string
	Plaintext           []byte
}

func (s *store) decrypt(in decryptInput) (decrypted, error) {
	if len(in.CiphertextBlob) == 0 || len(in.CiphertextBlob) > maxCiphertext {
		return decrypted{}, invalid("CiphertextBlob must have between 1 and %d bytes.", maxCiphertext)
	}
	id, sealed, ok := cutBlob(in.CiphertextBlob)
	if in.KeyId != "" {
		k, err := s.sealer(in.KeyId, in.EncryptionAlgorithm)
		if err != nil {
			return decrypted{}, err
		}
		if ok && k.ID != id {
			return decrypted{}, incorrectKey()
		}
	}
	if !ok || !s.has(id) {
		return decrypted{}, invalidCiphertext()
	}
	k, err := s.sealer(id, in.EncryptionAlgorithm)
	if err != nil {
		return decrypted{}, err
	}
	bound, err := additionalData(k.ID, in.EncryptionContext)
	if err != nil {
		return decrypted{}, err
	}
	size := k.sealer.NonceSize()
	if len(sealed) < size {
		return decrypted{}, invalidCiphertext()
	}
	plaintext, err := k.sealer.Open(nil, sealed[:size], sealed[size:], bound)
	if err != nil {
		return decrypted{}, invalidCiphertext()
	}
	return decrypted{specSymmetric, k.arn(), plaintext}, nil
}

// cutBlob takes the key ID off a blob, if it is one.
func cutBlob(blob []byte) (id string, sealed []byte, ok bool) {
	if len(blob) < 1+keyIDSize || blob[0] != blobVersion {
		return "", nil, false
	}
	return string(blob[1 : 1+keyIDSize]), blob[1+keyIDSize:], true
}

func (s *store) has(id string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.keys[id] != nil
}

// sealer finds a key that may encrypt and decrypt.
func (s *store) sealer(name, algorithm string) (*key, error) {
	k, err := s.findUsable(name)
	if err != nil {
		return nil, err
	}
	if k.sealer == nil {
		return nil, wrongUsage("%s key usage is %s, which is not valid for this operation.", k.arn(), k.usage())
	}
	if a := cmp.Or(algorithm, specSymmetric); a != specSymmetric {
		return nil, wrongUsage("Algorithm %s is incompatible with key spec %s.", a, k.Spec)
	}
	return k, nil
}

// additionalData is the encryption context in one form only: the key ID, then
// the pairs by name, each part after its length. Nothing can be moved from one
// part to another without changing it.
func additionalData(keyID string, context map[string]string) ([]byte, error) {
	data := appendPart([]byte{blobVersion}, keyID)
	for _, name := range slices.Sorted(maps.Keys(context)) {
		data = appendPart(appendPart(data, name), context[name])
	}
	if len(data) > maxContext {
		return nil, invalid("EncryptionContext must have at most %d bytes.", maxContext)
	}
	return data, nil
}

func appendPart(data []byte, part string) []byte {
	return append(binary.BigEndian.AppendUint32(data, uint32(len(part))), part...)
}
