package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// The life of a key: announced for a day, in use, retired. Every step is done
// twice: the second time it says that it was done, and changes nothing.
func TestRotation(t *testing.T) {
	d := newDesk(t)
	old := d.founded()
	kid := d.announce("alias/signing-2")
	if again := d.announce("alias/signing-2"); again != kid {
		t.Errorf("announced again, it is key %s, not %s", again, kid)
	}
	d.release()
	d.must("publish")
	d.fails(exitRefused, "until 2026-11-25 12:00:00 UTC", "use", "--kid", kid)
	d.now = d.now.Add(24*time.Hour - time.Second)
	d.fails(exitRefused, "let clients have it for a day", "use", "--kid", kid)
	d.now = d.now.Add(time.Second)
	d.must("use", "--kid", kid)
	changed := d.now
	d.now = d.now.Add(time.Minute)
	d.must("use", "--kid", kid)
	p := d.published()
	if p.Trust.KeyID != kid || !p.SigningSince.Equal(changed) || p.Version != 2 || !slices.Equal(p.Trust.Trusted, []string{old, kid}) {
		t.Errorf("published: %+v; want %s to sign since %s", p, kid, changed)
	}
	d.must("retire", "--key", "alias/signing-1")
	d.now = d.now.Add(2 * time.Hour)
	d.must("retire", "--kid", old)
	d.release()
	bundle, err := certificate.VerifyBundle(d.published().Bundle, d.roots(), 3)
	if err != nil {
		t.Fatal(err)
	}
	if k, _ := bundle.Key(old); !k.RetiredAt.Equal(changed.Add(time.Hour)) {
		t.Errorf("retires at %s, want an hour after %s", k.RetiredAt, changed)
	}
	for _, k := range d.published().Announced {
		if !k.At.Equal(licensetest.Noon()) {
			t.Errorf("key %s is announced at %s, want noon of the first day", k.KeyID, k.At)
		}
	}
	d.fails(exitRefused, "is retired as of", "use", "--kid", old)
	out := d.must("show")
	for _, words := range []string{"Version 3", kid + " signs now, since 2026-11-25 12:00:00 UTC", old + " is retired as of 2026-11-25 13:00:00 UTC"} {
		if !strings.Contains(out, words) {
			t.Errorf("show lacks %q:\n%s", words, out)
		}
	}
}

func (d *desk) roots() []certificate.RootKey {
	roots, err := readRootKeys(d.path("roots.json"))
	if err != nil {
		d.Fatal(err)
	}
	return roots
}

// A compromised key goes at once, and only if the operator says so twice.
func TestRemoval(t *testing.T) {
	d := newDesk(t)
	old := d.founded()
	kid := d.announce("alias/signing-2")
	d.release()
	d.fails(exitRefused, "signs now", "remove", "--kid", old)
	d.must("use", "--kid", kid, "--now")
	d.must("remove", "--key", "alias/signing-1")
	d.fails(exitRefused, "has no key "+old, "remove", "--kid", old)
	d.fails(exitRefused, "trust sign first", "publish", "--removes", old)
	d.must("sign", "--root", "alias/root-2")
	d.fails(exitRefused, "say --removes "+old, "publish")
	d.must("publish", "--removes", old)
	if p := d.published(); p.Version != 3 || !slices.Equal(p.Trust.Trusted, []string{kid}) || len(p.Announced) != 1 {
		t.Errorf("published: %+v", p)
	}
}

// The way back from a key that turns out bad: the KMS key of the old one is known,
// and it need not be announced again.
func TestBackToTheOldKey(t *testing.T) {
	d := newDesk(t)
	old, before := d.founded(), d.published().Trust
	d.must("next", "--create", "alias/signing-2")
	d.release()
	d.now = d.now.Add(24 * time.Hour)
	d.must("use", "--key", "alias/signing-2")
	d.must("use", "--kid", old)
	if p := d.published(); p.Trust.KeyID != old || p.Trust.SigningKey != before.SigningKey {
		t.Errorf("%+v signs, want %+v", p.Trust, before)
	}
}

// Should the table name another KMS key than the bundle has, nothing is signed
// with it.
func TestWrongKMSKey(t *testing.T) {
	d := newDesk(t)
	old := d.founded()
	kid := d.announce("alias/signing-2")
	d.release()
	before, after := d.published(), d.published()
	after.Announced[1].SigningKey = "alias/stranger"
	if err := d.licenses.Amend(t.Context(), *before, *after); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "say the right one, --key KMSKEY", "use", "--now", "--kid", kid)
	after.Announced[1].SigningKey = ""
	if err := d.licenses.Amend(t.Context(), *before, *after); err != nil {
		t.Fatal(err)
	}
	d.fails(exitUsage, "It is not known which KMS key", "use", "--now", "--kid", kid)
	// Told once, it is known from then on.
	d.must("use", "--now", "--key", "alias/signing-2")
	told := d.published().Trust.SigningKey
	d.must("use", "--now", "--kid", old)
	d.must("use", "--now", "--kid", kid)
	if p := d.published(); p.Trust.KeyID != kid || p.Trust.SigningKey != told || told == after.Trust.SigningKey {
		t.Errorf("%+v signs, want %s, which is %s", p.Trust, kid, told)
	}
}

// The same key may have another KMS key, in another region: nobody else signed.
func TestAnotherRegion(t *testing.T) {
	d := newDesk(t)
	kid := d.founded()
	before, after := d.published(), d.published()
	after.Trust.SigningKey = "arn:of-the-replica"
	if err := d.licenses.Amend(t.Context(), *before, *after); err != nil {
		t.Fatal(err)
	}
	since := d.now
	d.now = d.now.AddDate(0, 0, 2)
	d.must("use", "--key", "alias/signing-1")
	if p := d.published(); p.Trust.SigningKey != before.Trust.SigningKey || p.Trust.KeyID != kid || !p.SigningSince.Equal(since) {
		t.Errorf("published: %+v", p)
	}
}

// A draft that others have overtaken would undo what they did.
func TestTwoOperators(t *testing.T) {
	d := newDesk(t)
	d.founded()
	mine, err := os.ReadFile(d.path("trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	theirs := d.announce("alias/theirs")
	d.release()
	if err := os.WriteFile(d.path("trust.json"), mine, 0o600); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "goes back to version 1, and version 2 is published", "next", "--create", "alias/mine")
	d.fails(exitRefused, "goes back to version 1", "sign", "--root", "alias/root-1")
	// Signed far away, with a version high enough, it is still found out.
	text := strings.Replace(string(mine), `"version": 1`, `"version": 2`, 1)
	if err := os.WriteFile(d.path("trust.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.must("sign", "--root", "alias/root-1")
	d.fails(exitRefused, "lacks key "+theirs, "publish")
}

// A lost draft is recovered from what is published, KMS keys included.
func TestLostDraft(t *testing.T) {
	d := newDesk(t)
	d.founded()
	d.announce("alias/signing-2")
	d.release()
	before, err := os.ReadFile(d.path("trust.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(d.path("trust.json")); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "start from it with trust init --published", "init", "--key", "alias/signing-1")
	d.fails(exitFile, "There is no draft", "next", "--key", "alias/signing-1")
	d.must("init", "--published")
	after, err := os.ReadFile(d.path("trust.json"))
	if err != nil || string(after) != string(before) {
		t.Errorf("recovered, %v:\n%s\nwant\n%s", err, after, before)
	}
	d.fails(exitRefused, "There is a draft", "init", "--published")
}

func TestShowForPrograms(t *testing.T) {
	d := newDesk(t)
	old := d.founded()
	kid := d.announce("alias/signing-2")
	d.release()
	var shown bundleView
	if err := json.Unmarshal([]byte(d.must("show", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Version != 2 || len(shown.Keys) != 2 || shown.Trouble != "" || shown.RootKeyID != d.roots()[0].KeyID {
		t.Fatalf("shown: %+v", shown)
	}
	if k := shown.Keys[0]; k.KeyID != old || k.State != "signing" || !k.Since.Equal(d.now) || !k.NotBefore.Equal(d.now.Add(-slack)) {
		t.Errorf("the first key: %+v", k)
	}
	if k := shown.Keys[1]; k.KeyID != kid || k.State != "announced" || !k.ReadyAt.Equal(d.now.Add(24*time.Hour)) || k.KMSKey == "" {
		t.Errorf("the next key: %+v", k)
	}
	if out := d.must("show", "--draft"); !strings.Contains(out, kid) {
		t.Errorf("the draft: %s", out)
	}
}
