package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// A bundleView is a trust bundle as it is shown.
type bundleView struct {
	Version     int64     `json:"version"`
	IssuedAt    time.Time `json:"issuedAt,omitzero"`
	PublishedAt time.Time `json:"publishedAt,omitzero"`
	// RootKeyID is the key that the bundle says signed it. Trouble is why it does
	// not verify with the root keys that are known here.
	RootKeyID string    `json:"rootKeyId,omitzero"`
	Trouble   string    `json:"trouble,omitzero"`
	Keys      []keyView `json:"keys"`
}

type keyView struct {
	KeyID string `json:"kid"`
	// State is announced, signing or retired; in a draft drafted or retired.
	State string `json:"state"`
	// Since is of a signing key, ReadyAt of an announced one: when it may sign.
	Since       time.Time `json:"since,omitzero"`
	ReadyAt     time.Time `json:"readyAt,omitzero"`
	RetiredAt   time.Time `json:"retiredAt,omitzero"`
	NotBefore   time.Time `json:"notBefore"`
	AnnouncedAt time.Time `json:"announcedAt,omitzero"`
	KMSKey      string    `json:"kmsKey,omitzero"`
}

// show shows what is published, the draft, or root keys.
func show(ctx context.Context, j *job) error {
	if j.draft {
		d, err := j.readDraft()
		if err != nil {
			return err
		}
		return j.print(viewDraft(d))
	}
	c, err := j.open()
	if err != nil {
		return err
	}
	if len(j.roots) > 0 {
		return j.showRoots(ctx, c)
	}
	p, err := c.needPublication(ctx)
	if err != nil {
		return err
	}
	return j.print(viewPublication(p, c.roots))
}

// showRoots prints what clients pin.
func (j *job) showRoots(ctx context.Context, c cloud) error {
	var roots []certificate.RootKey
	for _, name := range j.roots {
		public, err := c.public(ctx, name)
		if err != nil {
			return err
		}
		roots = append(roots, certificate.NewRootKey(public.PublicKey))
	}
	return j.printJSON(roots)
}

func viewDraft(d *draft) bundleView {
	v := bundleView{Version: d.Version}
	for _, k := range d.Keys {
		shown := keyView{KeyID: k.KeyID, State: "drafted", NotBefore: k.NotBefore, RetiredAt: k.RetiredAt, KMSKey: k.KMSKey}
		if !k.RetiredAt.IsZero() {
			shown.State = "retired"
		}
		v.Keys = append(v.Keys, shown)
	}
	return v
}

func viewPublication(p *publication, roots []certificate.RootKey) bundleView {
	v := bundleView{Version: p.Version, IssuedAt: p.bundle.IssuedAt, PublishedAt: p.PublishedAt, RootKeyID: p.root}
	if _, err := certificate.VerifyBundle(p.Bundle, roots, 0); err != nil && len(roots) > 0 {
		v.Trouble = err.Error()
	}
	for _, k := range p.bundle.Keys {
		v.Keys = append(v.Keys, p.standing(k))
	}
	return v
}

// standing says how a key stands.
func (p *publication) standing(k certificate.TrustedKey) keyView {
	v := keyView{
		KeyID: k.KeyID, State: "announced", NotBefore: k.NotBefore, RetiredAt: k.RetiredAt,
		AnnouncedAt: p.announced(k.KeyID).At, KMSKey: p.kmsKey(k.KeyID),
	}
	switch {
	case k.KeyID == p.Trust.KeyID:
		v.State, v.Since = "signing", p.SigningSince
	case !k.RetiredAt.IsZero():
		v.State = "retired"
	default:
		v.ReadyAt = p.ready(k)
	}
	return v
}

func (j *job) print(v bundleView) error {
	if j.json {
		return j.printJSON(v)
	}
	_, err := fmt.Fprint(j.out, v.lines())
	return err
}

func (j *job) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		_, err = fmt.Fprintf(j.out, "%s\n", text)
	}
	return err
}

// lines is a bundleView for people.
func (v bundleView) lines() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Version %d", v.Version)
	when := func(label string, at time.Time) {
		if !at.IsZero() {
			line("  %-13s%s", label, moment(at))
		}
	}
	when("signed", v.IssuedAt)
	when("published", v.PublishedAt)
	if v.RootKeyID != "" {
		line("  %-13s%s", "root key", v.RootKeyID)
	}
	if v.Trouble != "" {
		line("  %-13s%s", "TROUBLE", "clients refuse it: "+v.Trouble)
	}
	for _, k := range v.Keys {
		line("Key %s%s", k.KeyID, k.words())
		if k.KMSKey != "" {
			line("  %-13s%s", "KMS key", k.KMSKey)
		}
		when("counts from", k.NotBefore)
		when("announced", k.AnnouncedAt)
	}
	return b.String()
}

// words says how a key stands, for people.
func (k keyView) words() string {
	switch k.State {
	case "drafted":
		return ""
	case "signing":
		return " signs now, since " + moment(k.Since)
	case "retired":
		return " is retired as of " + moment(k.RetiredAt)
	}
	return " is announced; may sign from " + moment(k.ReadyAt)
}
