package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/cirruslink/chariot-license/infra/command"
	"github.com/cirruslink/chariot-license/infra/local/durable"
	"github.com/cirruslink/chariot-license/shared/certificate"
)

// A draft is the next trust bundle in the making.
//
// Invariant: its keys have different IDs, each the one that belongs to its
// public half.
type draft struct {
	Format int `json:"format"`
	// Version is that of the bundle which it was signed as last, or which it
	// started from; 0 if there is none. No two signed bundles share a version.
	Version int64      `json:"version"`
	Keys    []draftKey `json:"keys"`
}

// A draftKey is a key of the bundle, and which KMS key it is: that is never part
// of what is signed. It is empty where it is not known.
type draftKey struct {
	KMSKey string `json:"kmsKey,omitzero"`
	certificate.TrustedKey
}

const draftFormat = 1

// bundle is what is to be signed of a draft.
func (d *draft) bundle() certificate.Bundle {
	b := certificate.Bundle{Version: d.Version}
	for _, k := range d.Keys {
		b.Keys = append(b.Keys, k.TrustedKey)
	}
	return b
}

// find returns the place of a key; -1 if it is not there.
func (d *draft) find(kid string) int {
	return slices.IndexFunc(d.Keys, func(k draftKey) bool { return k.KeyID == kid })
}

// readDraft reads the draft; what is wrong with it is a sentence.
func (o *options) readDraft() (*draft, error) {
	text, err := os.ReadFile(o.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unusable("There is no draft %s: start it with trust init --published, or with trust init --key where nothing is published yet.", o.file)
	}
	d := &draft{}
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(d)
	}
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return nil, unusable("The draft %s cannot be used: %v. Mend it, or move it away and start again with trust init --published.", o.file, command.Reason(err))
	}
	return d, nil
}

// check holds a draft, which a person may have edited, to its invariant.
func (d *draft) check() error {
	if d.Format != draftFormat {
		return fmt.Errorf("its format is %d, not %d", d.Format, draftFormat)
	}
	for i, k := range d.Keys {
		public, err := k.PublicKey()
		switch {
		case err != nil:
			return fmt.Errorf("key %s: %w", k.KeyID, err)
		case certificate.KeyID(public) != k.KeyID:
			return fmt.Errorf("%s is not the ID of its key, which is %s", k.KeyID, certificate.KeyID(public))
		case d.find(k.KeyID) != i:
			return fmt.Errorf("key %s is there twice", k.KeyID)
		case k.NotBefore.IsZero():
			return fmt.Errorf("key %s has no notBefore", k.KeyID)
		case !k.RetiredAt.IsZero() && !k.RetiredAt.After(k.NotBefore):
			return fmt.Errorf("key %s retires before it begins", k.KeyID)
		}
	}
	return nil
}

// writeDraft writes the draft, whole or not at all.
func (o *options) writeDraft(d *draft) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return write(o.file, append(text, '\n'))
}

// write replaces a file, which holds no secret.
func write(name string, text []byte) error {
	if err := durable.WriteFile(name, text, 0o644); err != nil {
		return unusable("%s cannot be written: %v.", name, command.Reason(err))
	}
	return nil
}
