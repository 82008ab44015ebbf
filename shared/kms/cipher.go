package kms

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/license"
)

// ErrCiphertext: this key did not encrypt the text for this license. Repeating
// does not help; it was put where it does not belong, or damaged.
var ErrCiphertext = errors.New("ciphertext is not of this key and license")

// CipherClient is what a Cipher needs of *kms.Client.
type CipherClient interface {
	Encrypt(ctx context.Context, in *kms.EncryptInput, options ...func(*kms.Options)) (*kms.EncryptOutput, error)
	Decrypt(ctx context.Context, in *kms.DecryptInput, options ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// A Cipher encrypts short secrets, up to 4096 bytes, each bound to its license:
// moved to another license's item it does not decrypt. It is safe for
// concurrent use; the client does what repeating there is.
type Cipher struct {
	client CipherClient
	keyID  string
}

// NewCipher makes a Cipher with the key that KMS knows as keyID.
func NewCipher(client CipherClient, keyID string) *Cipher { return &Cipher{client, keyID} }

// Encrypt fails with license.ErrUnavailable where repeating helps.
func (c *Cipher) Encrypt(ctx context.Context, plaintext []byte, id license.ID) ([]byte, error) {
	out, err := c.client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: &c.keyID, Plaintext: plaintext, EncryptionContext: boundTo(id),
	})
	if err != nil {
		return nil, fmt.Errorf("for license %s: %w", id, discreet("encrypting", err))
	}
	return out.CiphertextBlob, nil
}

// Decrypt fails with license.ErrUnavailable where repeating helps, and with
// ErrCiphertext.
func (c *Cipher) Decrypt(ctx context.Context, ciphertext []byte, id license.ID) ([]byte, error) {
	out, err := c.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: &c.keyID, CiphertextBlob: ciphertext, EncryptionContext: boundTo(id),
	})
	var invalid *types.InvalidCiphertextException
	var otherKey *types.IncorrectKeyException
	if errors.As(err, &invalid) || errors.As(err, &otherKey) {
		return nil, fmt.Errorf("for license %s: %w", id, ErrCiphertext)
	}
	if err != nil {
		return nil, fmt.Errorf("for license %s: %w", id, discreet("decrypting", err))
	}
	return out.Plaintext, nil
}

func boundTo(id license.ID) map[string]string {
	return map[string]string{"licenseId": string(id)}
}
