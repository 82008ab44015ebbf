package kms

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/durable"
)

const arnPrefix = "arn:aws:kms:us-east-1:000000000000:"

// A store holds the keys and aliases. Keys never go away and their material
// never changes, so a *key may be used after mu was given back.
type store struct {
	path string

	mu      sync.RWMutex
	keys    map[string]*key   // by ID
	aliases map[string]*alias // by name
}

// file is a store as it is on disk.
type file struct {
	Keys    []*key   `json:"keys"`
	Aliases []*alias `json:"aliases"`
}

type alias struct {
	Name    string    `json:"name"`
	KeyID   string    `json:"keyId"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

func openStore(path string) (*store, error) {
	s := &store{path: path, keys: make(map[string]*key), aliases: make(map[string]*alias)}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the KMS keys: %w", err)
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("reading the KMS keys in %s: %w", path, err)
	}
	for _, k := range f.Keys {
		if err := k.load(); err != nil {
			return nil, fmt.Errorf("reading the KMS key %s in %s: %w", k.ID, path, err)
		}
		s.keys[k.ID] = k
	}
	for _, a := range f.Aliases {
		s.aliases[a.Name] = a
	}
	return s, nil
}

// change runs do, which changes s, and makes the change durable; where either
// fails, undo takes it back.
func (s *store) change(do func() (undo func(), err error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	undo, err := do()
	if err != nil {
		return err
	}
	if err := s.save(); err != nil {
		undo()
		return err
	}
	return nil
}

// save writes s to disk. mu is held.
func (s *store) save() error {
	var f file
	for _, k := range s.keys {
		f.Keys = append(f.Keys, k)
	}
	for _, a := range s.aliases {
		f.Aliases = append(f.Aliases, a)
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(s.path, data, 0o600)
}

// findUsable is lookup for an operation that a disabled key refuses.
func (s *store) findUsable(name string) (*key, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k, err := s.lookup(name)
	if err == nil && !k.Enabled {
		return nil, disabled(k)
	}
	return k, err
}

// lookup returns the key that name means: an ID, an alias, or the ARN of either.
// mu is held.
func (s *store) lookup(name string) (*key, error) {
	if name == "" {
		return nil, invalid("KeyId must not be empty.")
	}
	local := strings.TrimPrefix(name, arnPrefix)
	if strings.HasPrefix(local, "alias/") {
		a := s.aliases[local]
		if a == nil {
			return nil, notFound("Alias " + arnPrefix + local)
		}
		return s.keys[a.KeyID], nil
	}
	return s.lookupKey(name)
}

// lookupKey is lookup for operations that take no alias. mu is held.
func (s *store) lookupKey(name string) (*key, error) {
	id, isARN := strings.CutPrefix(name, arnPrefix+"key/")
	if !isARN && strings.Contains(id, ":") {
		return nil, notFound("Key '" + name + "'")
	}
	if strings.HasPrefix(strings.TrimPrefix(id, arnPrefix), "alias/") {
		return nil, invalid("KeyId must be a key ID or a key ARN here, not an alias.")
	}
	if k := s.keys[id]; k != nil {
		return k, nil
	}
	return nil, notFound("Key '" + arnPrefix + "key/" + id + "'")
}
