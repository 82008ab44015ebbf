package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// The verbs that change the draft alone.

// begin is init: it never touches a draft that is there.
func begin(ctx context.Context, j *job) error {
	if _, err := os.Lstat(j.file); !errors.Is(err, fs.ErrNotExist) {
		return refused("There is a draft %s already: go on with it, or move it away.", j.file)
	}
	c, err := j.open()
	if err != nil {
		return err
	}
	p, err := c.publication(ctx)
	if err != nil {
		return err
	}
	d, err := j.newDraft(ctx, c, p)
	if err != nil {
		return err
	}
	if err := j.writeDraft(d); err != nil {
		return err
	}
	j.say("Started the draft %s.", j.file)
	return nil
}

// newDraft is of what is published, or where nothing is, of the first key.
func (j *job) newDraft(ctx context.Context, c cloud, p *publication) (*draft, error) {
	switch {
	case j.published && p == nil:
		return nil, refused("Nothing is published in this table yet: start the first draft with trust init --key KMSKEY.")
	case p == nil:
		first, err := j.newKey(ctx, c)
		return &draft{draftFormat, 0, []draftKey{first}}, err
	case !j.published:
		return nil, refused("Version %d is published in this table: start from it with trust init --published, then announce a key with trust next.", p.Version)
	}
	d := &draft{Format: draftFormat, Version: p.Version}
	for _, k := range p.bundle.Keys {
		d.Keys = append(d.Keys, draftKey{p.kmsKey(k.KeyID), k})
	}
	return d, nil
}

// newKey reads the KMS key that is to be announced, or makes it.
func (j *job) newKey(ctx context.Context, c cloud) (draftKey, error) {
	name := j.kmsKey
	if j.alias != "" {
		if !strings.HasPrefix(j.alias, "alias/") {
			return draftKey{}, misused("--create %s names no alias: it begins with alias/.", j.alias)
		}
		var err error
		if name, err = c.keys.Make(ctx, j.alias, types.KeySpecEccNistP256); err != nil {
			return draftKey{}, err
		}
	}
	public, err := c.public(ctx, name)
	if err != nil {
		return draftKey{}, err
	}
	kid := certificate.KeyID(public.PublicKey)
	if slices.ContainsFunc(c.roots, func(k certificate.RootKey) bool { return k.KeyID == kid }) {
		return draftKey{}, refused("%s is a root key: it signs trust bundles and nothing else.", name)
	}
	from := j.notBefore
	if from.IsZero() {
		from = j.at.Add(-slack)
	}
	from = from.UTC().Truncate(time.Second)
	return draftKey{public.ARN, certificate.NewTrustedKey(public.PublicKey, from, certificate.Activation, certificate.Floating)}, nil
}

// drafted is what verbs on a draft that is there begin with.
func (j *job) drafted(ctx context.Context) (c cloud, d *draft, p *publication, err error) {
	if c, err = j.open(); err != nil {
		return c, nil, nil, err
	}
	if d, err = j.readDraft(); err != nil {
		return c, nil, nil, err
	}
	if p, err = c.publication(ctx); err != nil {
		return c, nil, nil, err
	}
	if p != nil && d.Version < p.Version {
		err = refused("The draft %s goes back to version %d, and version %d is published: move it away and start again with trust init --published.", j.file, d.Version, p.Version)
	}
	return c, d, p, err
}

// next announces a key.
func next(ctx context.Context, j *job) error {
	c, d, _, err := j.drafted(ctx)
	if err != nil {
		return err
	}
	key, err := j.newKey(ctx, c)
	if err != nil {
		return err
	}
	if i := d.find(key.KeyID); i >= 0 {
		j.say("Key %s is in the draft already, and counts from %s on.", key.KeyID, moment(d.Keys[i].NotBefore))
		return nil
	}
	d.Keys = append(d.Keys, key)
	if err := j.writeDraft(d); err != nil {
		return err
	}
	j.say("Announced key %s in the draft.", key.KeyID)
	j.remark("Now trust sign and trust publish; after a day, trust use --kid %s.", key.KeyID)
	return nil
}

// leaving is what retire and remove begin with: the draft, and the place in it of
// a key that does not sign now.
func (j *job) leaving(ctx context.Context) (d *draft, i int, p *publication, err error) {
	c, d, p, err := j.drafted(ctx)
	if err != nil {
		return nil, 0, nil, err
	}
	if j.kmsKey != "" {
		public, err := c.public(ctx, j.kmsKey)
		if err != nil {
			return nil, 0, nil, err
		}
		j.kid = certificate.KeyID(public.PublicKey)
	}
	i = d.find(j.kid)
	switch {
	case p == nil:
		err = refused("Nothing is published in this table yet: no key has signed. Start the draft anew.")
	case j.kid == p.Trust.KeyID:
		err = refused("Key %s signs now: let another sign first, with trust use.", j.kid)
	case i < 0:
		err = refused("The draft %s has no key %s.", j.file, j.kid)
	}
	return d, i, p, err
}

// retire ends the life of a key in good order.
func retire(ctx context.Context, j *job) error {
	d, i, p, err := j.leaving(ctx)
	if err != nil {
		return err
	}
	key := &d.Keys[i]
	at := retirement(p, j.at)
	switch {
	case !key.RetiredAt.IsZero():
		j.say("Key %s is retired as of %s already.", j.kid, moment(key.RetiredAt))
		return nil
	case !at.After(key.NotBefore):
		return refused("Key %s counts from %s on, so it has signed nothing: remove it instead.", j.kid, moment(key.NotBefore))
	}
	key.RetiredAt = at
	if err := j.writeDraft(d); err != nil {
		return err
	}
	j.say("Key %s retires as of %s. What it signed before stays good.", j.kid, moment(at))
	j.remark("Now trust sign and trust publish. Once that time has passed, disable the KMS key.")
	return nil
}

// remove takes a compromised key out.
func remove(ctx context.Context, j *job) error {
	d, i, _, err := j.leaving(ctx)
	if err != nil {
		return err
	}
	d.Keys = append(d.Keys[:i], d.Keys[i+1:]...)
	if err := j.writeDraft(d); err != nil {
		return err
	}
	j.say("Removed key %s from the draft.", j.kid)
	j.remark(`Now trust sign, and trust publish --removes %s. From then on nothing counts that this key signed:
  - a machine with network gets a new certificate when it reactivates;
  - a machine without network trusts the key until it gets the new bundle as a file; give it a
    new activation code with it.`, j.kid)
	return nil
}
