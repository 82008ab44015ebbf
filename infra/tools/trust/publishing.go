package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"

	"github.com/cirruslink/chariot-license/infra/command"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/dynamo"
	"github.com/cirruslink/chariot-license/shared/kms"
)

// sign signs the draft with a root key. The draft takes the new version first: a
// kill in between costs a number, and no two bundles ever share one.
func sign(ctx context.Context, j *job) error {
	c, d, _, err := j.drafted(ctx)
	if err != nil {
		return err
	}
	root, err := j.root(ctx, c, d)
	if err != nil {
		return err
	}
	version := d.Version + 1
	if j.version != 0 && j.version < version {
		return refused("Version %d is taken: the next is %d.", j.version, version)
	}
	d.Version = max(version, j.version)
	b := d.bundle()
	b.IssuedAt = j.at
	compact, err := c.keys.SignBundle(ctx, root, b)
	if err != nil {
		return err
	}
	if err := j.writeDraft(d); err != nil {
		return err
	}
	if err := write(j.signed(), []byte(compact+"\n")); err != nil {
		return err
	}
	j.say("Signed version %d with root key %s: %s.", d.Version, certificate.KeyID(root.PublicKey), j.signed())
	j.remark("Now trust publish. Where that is done elsewhere, take both %s and %s there.", j.file, j.signed())
	return nil
}

// root reads the root key that is to sign a draft, and looks whether it may.
func (j *job) root(ctx context.Context, c cloud, d *draft) (kms.PublicKey, error) {
	root, err := c.public(ctx, j.roots[0])
	if err != nil {
		return root, err
	}
	kid := certificate.KeyID(root.PublicKey)
	pinned := slices.ContainsFunc(c.roots, func(k certificate.RootKey) bool { return k.KeyID == kid })
	switch {
	case len(c.roots) > 0 && !pinned:
		return root, refused("%s, key %s, is none of the root keys that clients have pinned.", j.roots[0], kid)
	case d.find(kid) >= 0:
		return root, refused("Key %s is in the draft: a root key signs trust bundles and nothing else.", kid)
	case !slices.ContainsFunc(d.Keys, func(k draftKey) bool { return signs(k.TrustedKey) }):
		return root, refused("The draft %s has no key that may sign certificates: announce one with trust next.", j.file)
	}
	return root, nil
}

// publish puts the signed bundle where clients get it. Which key signs stays.
func publish(ctx context.Context, j *job) error {
	c, err := j.open()
	if err != nil {
		return err
	}
	if len(c.roots) == 0 {
		return misused("Say which root keys clients have pinned: --root-keys FILE, as trust show --root prints it.")
	}
	text, err := os.ReadFile(j.signed())
	if err != nil {
		return unusable("The signed bundle %s cannot be read: %v. Make it with trust sign.", j.signed(), command.Reason(err))
	}
	compact := strings.TrimSpace(string(text))
	bundle, err := certificate.VerifyBundle(compact, c.roots, 0)
	if err != nil {
		return refused("Clients would refuse %s: %v.", j.signed(), err)
	}
	if err := j.isSigned(bundle); err != nil {
		return err
	}
	before, err := c.publication(ctx)
	if err != nil {
		return err
	}
	if before != nil && before.Bundle == compact {
		j.say("Version %d is published, since %s.", before.Version, moment(before.PublishedAt))
		return nil
	}
	if err := mayPublish(before, bundle, j.removes); err != nil {
		return err
	}
	if err := j.replace(ctx, c, before, bundle, compact); err != nil {
		return err
	}
	j.say("Published version %d.", bundle.Version)
	return nil
}

// isSigned refuses where the draft, if it is here, has changed since the bundle was
// signed: who removed a key must not hear that all is published.
func (j *job) isSigned(bundle *certificate.Bundle) error {
	if _, err := os.Lstat(j.file); err != nil {
		return nil // it may be where the root key is
	}
	d, err := j.readDraft()
	if err != nil {
		return err
	}
	now := d.bundle()
	now.Version, now.IssuedAt = bundle.Version, bundle.IssuedAt
	if bundle.Version >= d.Version && !bytes.Equal(now.Payload(), bundle.Payload()) {
		return refused("The draft %s has changed since %s was signed: trust sign first, then publish.", j.file, j.signed())
	}
	return nil
}

// replace writes the publication.
func (j *job) replace(ctx context.Context, c cloud, before *publication, bundle *certificate.Bundle, compact string) error {
	known, err := j.kmsKeys()
	if err != nil {
		return err
	}
	write := c.licenses.Publish
	switch {
	case before == nil:
		if before, err = j.first(ctx, c, bundle, known); err != nil {
			return err
		}
	case j.kmsKey != "":
		return misused("publish takes --key only for the first bundle: later, trust use changes which key signs.")
	default:
		write = func(ctx context.Context, after dynamo.Publication) error {
			return c.licenses.Amend(ctx, before.Publication, after)
		}
	}
	after := before.Publication
	after.Bundle, after.Version, after.PublishedAt = compact, bundle.Version, j.at
	after.Announced = before.announcements(bundle, known, j.at)
	after.Trust.Trusted = nil
	for _, k := range bundle.Keys {
		after.Trust.Trusted = append(after.Trust.Trusted, k.KeyID)
	}
	return write(ctx, after)
}

// kmsKeys are the KMS keys that the draft knows, by the IDs of the keys. There
// need be no draft: it may be where the root key is.
func (j *job) kmsKeys() (map[string]string, error) {
	if _, err := os.Lstat(j.file); err != nil {
		return nil, nil
	}
	d, err := j.readDraft()
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, k := range d.Keys {
		known[k.KeyID] = k.KMSKey
	}
	return known, nil
}

// first says which key signs once the first bundle is published: the one that is
// named, or the only one.
func (j *job) first(ctx context.Context, c cloud, bundle *certificate.Bundle, known map[string]string) (*publication, error) {
	name := j.kmsKey
	if name == "" && len(bundle.Keys) == 1 {
		name = known[bundle.Keys[0].KeyID]
	}
	if name == "" {
		return nil, misused("Say which key signs now: --key KMSKEY.")
	}
	public, err := c.public(ctx, name)
	if err != nil {
		return nil, err
	}
	kid := certificate.KeyID(public.PublicKey)
	if k, there := bundle.Key(kid); !there || !signs(k) || j.at.Before(k.NotBefore) {
		return nil, refused("%s is key %s, and the signed bundle does not let it sign now.", name, kid)
	}
	p := &publication{}
	p.Trust.SigningKey, p.Trust.KeyID, p.SigningSince = public.ARN, kid, j.at
	return p, nil
}
