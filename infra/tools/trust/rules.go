package main

import (
	"slices"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// The rules of a rotation: what is published and the time in, a sentence out.

const (
	// announcement is how long a key must have been published before it signs:
	// until then mirrors, caches and files on their way may lack it. A machine with
	// network that meets an unknown key fetches the bundle by itself.
	announcement = 24 * time.Hour
	// lateness is how long after the change to another key the old one may still
	// sign: a request that had read it before runs 25 s at most, and is dated by a
	// function's clock. An hour is far above both.
	lateness = time.Hour
	// slack is how far a function's clock may be behind the operator's: a key
	// counts from so much before its announcement.
	slack = 15 * time.Minute
)

// retirement is when a key that does not sign now may retire: after its last
// signature.
//
// Source: FORMAT.md, Trust bundle.
func retirement(p *publication, now time.Time) time.Time {
	if last := p.SigningSince.Add(lateness); last.After(now) {
		return last
	}
	return now
}

// ready is from when on a key may sign; zero if its announcement is not known.
func (p *publication) ready(k certificate.TrustedKey) time.Time {
	at := p.announced(k.KeyID).At
	if at.IsZero() {
		return at
	}
	if at = at.Add(announcement); at.Before(k.NotBefore) {
		return k.NotBefore
	}
	return at
}

// signs reports whether a key may sign certificates, as far as the bundle says.
func signs(k certificate.TrustedKey) bool {
	return k.RetiredAt.IsZero() && slices.Contains(k.Use, certificate.Activation)
}

// mayUse says why a key must not sign from now on; nil if it may. hurry passes
// over the time of its announcement: the key in use is compromised.
func mayUse(p *publication, kid string, now time.Time, hurry bool) error {
	k, known := p.bundle.Key(kid)
	switch ready := p.ready(k); {
	case !known:
		return refused("The published bundle, version %d, has no key %s: announce it with trust next, then sign and publish.", p.Version, kid)
	case !k.RetiredAt.IsZero():
		return refused("Key %s is retired as of %s: announce another with trust next.", kid, moment(k.RetiredAt))
	case !signs(k):
		return refused("Key %s may not sign certificates: its use is %v.", kid, k.Use)
	case now.Before(k.NotBefore):
		return refused("Key %s counts from %s on, not before.", kid, moment(k.NotBefore))
	case hurry:
		return nil
	case ready.IsZero():
		return refused("It is not known since when key %s is published: publish again and let a day pass, or say --now.", kid)
	case now.Before(ready):
		return refused("Key %s was first published at %s: let clients have it for a day, until %s. If the key in use is compromised, say --now.",
			kid, moment(p.announced(kid).At), moment(ready))
	}
	return nil
}

// mayPublish says why a bundle must not take the place of what is published; nil
// if it may. before is nil where nothing is. removes are the keys that the
// operator means to remove: dropping one by mistake, with an old draft, would
// take the ground from under every certificate that it signed.
func mayPublish(before *publication, after *certificate.Bundle, removes []string) error {
	for _, kid := range removes {
		if _, there := after.Key(kid); there {
			return refused("The signed bundle, version %d, still has key %s: remove it in the draft, then sign again.", after.Version, kid)
		}
	}
	if before == nil {
		return nil
	}
	if after.Version <= before.Version {
		return refused("The signed bundle is version %d, and version %d is published: clients refuse a version that does not rise. Sign again.", after.Version, before.Version)
	}
	if used, there := after.Key(before.Trust.KeyID); !there || !signs(used) {
		return refused("The signed bundle lacks key %s, or retires it, and it signs now: let another sign first, with trust use.", before.Trust.KeyID)
	}
	for _, k := range before.bundle.Keys {
		if err := mayBecome(before, k, after, removes); err != nil {
			return err
		}
	}
	return nil
}

// mayBecome is mayPublish for one key that is published now.
func mayBecome(before *publication, k certificate.TrustedKey, after *certificate.Bundle, removes []string) error {
	next, there := after.Key(k.KeyID)
	if !there && slices.Contains(removes, k.KeyID) {
		return nil
	}
	if !there {
		return refused("The signed bundle lacks key %s, so that nothing it signed would count. If you mean it, say --removes %s; if not, the draft is an old one: start again with trust init --published.", k.KeyID, k.KeyID)
	}
	narrower := slices.ContainsFunc(k.Use, func(use certificate.Kind) bool { return !slices.Contains(next.Use, use) })
	retires := !next.RetiredAt.Equal(k.RetiredAt)
	if next.JWK != k.JWK || !next.NotBefore.Equal(k.NotBefore) || narrower || retires && !k.RetiredAt.IsZero() {
		return refused("The signed bundle changes key %s, and may only retire it: what it signed must stay good. Start again with trust init --published.", k.KeyID)
	}
	if last := before.SigningSince.Add(lateness); retires && next.RetiredAt.Before(last) {
		return refused("The signed bundle retires key %s at %s, and it may have signed until %s: retire it again in a new draft.", k.KeyID, moment(next.RetiredAt), moment(last))
	}
	return nil
}
