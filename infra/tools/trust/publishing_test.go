package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// The first bundle says which key signs; where it has several, the operator does.
func TestFirstBundle(t *testing.T) {
	d := newDesk(t)
	d.fails(exitRefused, "Nothing is published", "init", "--published")
	d.fails(exitRefused, "No trust bundle is published", "show")
	d.must("init", "--create", "alias/signing-1")
	kid := d.announce("alias/signing-2")
	d.must("sign", "--root", "alias/root-1")
	d.fails(exitUsage, "Say which key signs now", "publish")
	d.fails(exitRefused, "does not let it sign", "publish", "--key", "alias/stranger")
	d.must("publish", "--key", "alias/signing-2")
	if p := d.published(); p.Trust.KeyID != kid || !strings.HasPrefix(p.Trust.SigningKey, "arn:") || !p.SigningSince.Equal(d.now) {
		t.Errorf("%+v signs, want %s", p.Trust, kid)
	}
	d.must("sign", "--root", "alias/root-1")
	d.fails(exitUsage, "only for the first bundle", "publish", "--key", "alias/signing-1")
}

// What clients would refuse is refused before it is published.
func TestRootKeys(t *testing.T) {
	d := newDesk(t)
	d.founded()
	first, err := os.ReadFile(d.path("trust.jws"))
	if err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "is none of the root keys", "sign", "--root", "alias/stranger")
	d.fails(exitRefused, "is a root key", "next", "--key", "alias/root-2")
	d.fails(exitRefused, "does not sign on P-256", "sign", "--root", "alias/mail")
	d.fails(exitRefused, "KMS has no key alias/none", "sign", "--root", "alias/none")

	strangers := d.path("strangers.json")
	if err := os.WriteFile(strangers, []byte(d.must("show", "--root", "alias/stranger")), 0o600); err != nil {
		t.Fatal(err)
	}
	d.must("sign", "--root", "alias/stranger", "--root-keys", strangers)
	if err := os.WriteFile(d.path("signers.json"), []byte(d.must("show", "--root", "alias/signing-1")), 0o600); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "a root key signs trust bundles and nothing else", "sign", "--root", "alias/signing-1", "--root-keys", d.path("signers.json"))
	d.fails(exitRefused, certificate.ErrUnknownRoot.Error(), "publish")
	out := d.must("show", "--root-keys", strangers)
	if !strings.Contains(out, "TROUBLE") || strings.Contains(d.must("show"), "TROUBLE") {
		t.Errorf("show with foreign root keys:\n%s", out)
	}
	d.release()
	if err := os.WriteFile(d.path("trust.jws"), first, 0o600); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "clients refuse a version that does not rise", "publish")
}

// No two signed bundles share a version, whatever became of the first.
func TestVersionsRise(t *testing.T) {
	d := newDesk(t)
	d.founded()
	d.must("sign", "--root", "alias/root-1")
	d.must("sign", "--root", "alias/root-2")
	d.fails(exitRefused, "Version 3 is taken: the next is 4", "sign", "--root", "alias/root-1", "--version", "3")
	d.must("sign", "--root", "alias/root-1", "--version", "9")
	d.must("publish")
	if p := d.published(); p.Version != 9 {
		t.Errorf("version %d is published, want 9", p.Version)
	}
}

// A write that fails, or whose answer is lost, is done once when the verb is.
func TestLostAnswers(t *testing.T) {
	for _, verb := range []string{"publish", "use"} {
		for _, fault := range []licensetest.Fault{licensetest.Broken, licensetest.BrokenAfter} {
			for _, times := range []int{1, 3} { // the SDK tries 3 times, then the verb begins again
				t.Run(fmt.Sprint(verb, fault, times), func(t *testing.T) {
					t.Parallel() // the SDK waits between its tries
					loseAnswers(newDesk(t), verb, fault, times)
				})
			}
		}
	}
}

func loseAnswers(d *desk, verb string, fault licensetest.Fault, times int) {
	d.founded()
	args := []string{verb}
	kid := d.announce("alias/signing-2")
	d.must("sign", "--root", "alias/root-1")
	if verb == "use" {
		d.must("publish")
		args = append(args, "--now", "--kid", kid)
	}
	writes := 0
	d.spoil = func(operation string) licensetest.Fault {
		if operation != "PutItem" {
			return licensetest.None
		}
		if writes++; writes > times {
			return licensetest.None
		}
		return fault
	}
	d.must(args...)
	if p := d.published(); writes < times || p.Version != 2 || (p.Trust.KeyID == kid) != (verb == "use") {
		d.Errorf("after %d writes: %+v", writes, p)
	}
}

// What others change between the read and the write of a verb is kept, whichever
// of the two comes first.
func TestChangeInBetween(t *testing.T) {
	for _, verb := range []string{"publish", "use"} {
		d := newDesk(t)
		d.founded()
		kid := d.announce("alias/signing-2")
		d.release()
		d.announce("alias/signing-3")
		d.must("sign", "--root", "alias/root-1")
		mine, others := []string{"publish"}, []string{"use", "--now", "--kid", kid}
		if verb == "use" {
			mine, others = others, mine
		}
		changed := false
		d.spoil = func(operation string) licensetest.Fault {
			if operation == "PutItem" && !changed {
				changed = true
				d.must(others...)
			}
			return licensetest.None
		}
		d.must(mine...)
		if p := d.published(); !changed || p.Version != 3 || p.Trust.KeyID != kid || len(p.Announced) != 3 {
			t.Errorf("%s, and %s in between: %+v", mine[0], others[0], p)
		}
	}
}

// A kill between the two files that sign writes costs a number.
func TestSignWritesTheVersionFirst(t *testing.T) {
	d := newDesk(t)
	d.founded()
	if err := os.Remove(d.path("trust.jws")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(d.path("trust.jws"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.fails(exitFile, "cannot be written", "sign", "--root", "alias/root-1")
	d.fails(exitFile, "cannot be read", "publish")
	if err := os.Remove(d.path("trust.jws")); err != nil {
		t.Fatal(err)
	}
	d.must("sign", "--root", "alias/root-1")
	d.must("publish")
	if p := d.published(); p.Version != 3 {
		t.Errorf("version %d is published, want 3", p.Version)
	}
}

// A bundle without a key that signs would stop every activation.
func TestNothingToSign(t *testing.T) {
	d := newDesk(t)
	if err := os.WriteFile(d.path("trust.json"), []byte(`{"format":1,"version":0,"keys":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	d.fails(exitRefused, "has no key that may sign", "sign", "--root", "alias/root-1")
}
