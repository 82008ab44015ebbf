package main

import (
	"context"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/kms"
)

// use lets another key sign from now on: one conditional write. Functions read it
// with each call.
func use(ctx context.Context, j *job) error {
	c, err := j.open()
	if err != nil {
		return err
	}
	p, err := c.needPublication(ctx)
	if err != nil {
		return err
	}
	key, err := j.chosen(ctx, c, p)
	if err != nil {
		return err
	}
	kid := certificate.KeyID(key.PublicKey)
	if p.Trust.KeyID == kid && p.Trust.SigningKey == key.ARN {
		j.say("Key %s signs, since %s.", kid, moment(p.SigningSince))
		return nil
	}
	if err := mayUse(p, kid, j.at, j.now); err != nil {
		return err
	}
	after := p.Publication
	after.Trust.SigningKey, after.Trust.KeyID = key.ARN, kid
	if kid != p.Trust.KeyID { // else it is the same key in another region
		after.SigningSince = j.at
	}
	after.Announced = p.announcements(p.bundle, nil, time.Time{}) // the way back needs the old one's KMS key
	if err := c.licenses.Amend(ctx, p.Publication, after); err != nil {
		return err
	}
	j.say("Key %s signs from now on.", kid)
	j.remark("The functions' roles must be allowed kms:Sign with %s.", key.ARN)
	return nil
}

// chosen reads the key that is to sign, from KMS itself: a name that stands for
// another key than the bundle has would break every certificate.
func (j *job) chosen(ctx context.Context, c cloud, p *publication) (kms.PublicKey, error) {
	if j.kmsKey != "" {
		return c.public(ctx, j.kmsKey)
	}
	if err := mayUse(p, j.kid, j.at, true); err != nil {
		return kms.PublicKey{}, err
	}
	name := p.kmsKey(j.kid)
	if name == "" {
		return kms.PublicKey{}, misused("It is not known which KMS key is %s: say --key KMSKEY in place of --kid.", j.kid)
	}
	public, err := c.public(ctx, name)
	if err != nil {
		return public, err
	}
	if kid := certificate.KeyID(public.PublicKey); kid != j.kid {
		return public, refused("The publication says that %s is key %s, and it is %s: say the right one, --key KMSKEY.", name, j.kid, kid)
	}
	return public, nil
}
