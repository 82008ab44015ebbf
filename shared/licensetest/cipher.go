package licensetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/cirruslink/chariot-license/shared/license"
)

// A Cipher hides nothing: it only ties a license key to its license, as KMS does by
// the encryption context, and remembers which keys it was given. It is a
// support.Cipher; its zero value is ready, and safe for concurrent use.
type Cipher struct {
	mu   sync.Mutex
	keys []string
}

// Encrypt puts the license ID before the plaintext.
func (c *Cipher) Encrypt(_ context.Context, plaintext []byte, id license.ID) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = append(c.keys, string(plaintext))
	return slices.Concat([]byte(id), plaintext), nil
}

// Decrypt takes off the license ID, and fails if it is another.
func (*Cipher) Decrypt(_ context.Context, ciphertext []byte, id license.ID) ([]byte, error) {
	plaintext, ok := bytes.CutPrefix(ciphertext, []byte(id))
	if !ok {
		return nil, errors.New("encrypted for another license")
	}
	return plaintext, nil
}

// Keys returns every license key that was encrypted, written down or not.
func (c *Cipher) Keys() (keys []license.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, text := range c.keys {
		key, err := license.ParseKey(text)
		if err != nil {
			panic(err) // only keys are encrypted
		}
		keys = append(keys, key)
	}
	return keys
}
