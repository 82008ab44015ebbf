package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
)

// A publication is what is published, read.
type publication struct {
	dynamo.Publication
	// bundle is what the signed text says, whoever signed it.
	bundle *certificate.Bundle
	// root is the ID of the root key that it says signed it.
	root string
}

// publication reads what is published; nil where nothing is, or where no table
// was named.
func (c cloud) publication(ctx context.Context) (*publication, error) {
	if c.licenses == nil {
		return nil, nil
	}
	stored, err := c.licenses.Publication(ctx)
	if errors.Is(err, dynamo.ErrUnpublished) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &publication{Publication: *stored}
	if p.root, p.bundle, err = readUnverified(p.Bundle); err != nil {
		return nil, refused("What is published, version %d, cannot be read: %v. Restore the table's item TRUST.", p.Version, err)
	}
	return p, nil
}

// needPublication is publication for verbs that cannot do without.
func (c cloud) needPublication(ctx context.Context) (*publication, error) {
	p, err := c.publication(ctx)
	if err == nil && p == nil {
		err = refused("No trust bundle is published in this table yet: trust init, sign and publish one.")
	}
	return p, err
}

// readUnverified reads a signed bundle without asking whose it is.
func readUnverified(compact string) (root string, b *certificate.Bundle, err error) {
	var header struct {
		KeyID string `json:"kid"`
	}
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return "", nil, certificate.ErrCompact
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err == nil {
		err = json.Unmarshal(text, &header)
	}
	if err != nil {
		return "", nil, certificate.ErrHeader
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", nil, certificate.ErrCompact
	}
	b, err = certificate.ParseBundle(payload)
	return header.KeyID, b, err
}

// announced is what the operator knows of a key; zero where that is nothing.
func (p *publication) announced(kid string) dynamo.AnnouncedKey {
	i := slices.IndexFunc(p.Announced, func(k dynamo.AnnouncedKey) bool { return k.KeyID == kid })
	if i < 0 {
		return dynamo.AnnouncedKey{KeyID: kid}
	}
	return p.Announced[i]
}

// kmsKey is the KMS key of a key, as far as the publication tells.
func (p *publication) kmsKey(kid string) string {
	if kid == p.Trust.KeyID {
		return p.Trust.SigningKey
	}
	return p.announced(kid).SigningKey
}

// announcements are those of the keys of a bundle, with the KMS keys that the
// publication tells, or else known; at is the time of those that are new.
func (p *publication) announcements(b *certificate.Bundle, known map[string]string, at time.Time) (all []dynamo.AnnouncedKey) {
	for _, k := range b.Keys {
		announced := p.announced(k.KeyID)
		announced.SigningKey = cmp.Or(p.kmsKey(k.KeyID), known[k.KeyID])
		if announced.At.IsZero() {
			announced.At = at
		}
		all = append(all, announced)
	}
	return all
}

// moment writes a time for people.
func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
