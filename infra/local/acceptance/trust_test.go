package acceptance

import (
	"errors"
	"testing"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// A rotation in good order: nobody notices.
func TestRotationDrill(t *testing.T) {
	drills(t, func(d *drill) {
		d.activate("a", d.URL)
		one := d.keyIDs()[0]
		first := d.signedBy("a", one)

		d.trust(0, "Started the draft", "init", "--published")
		d.trust(0, "Announced key", "next", "--create", "alias/chariot-signing-2")
		d.release()
		two := d.keyIDs()[1]
		d.at("a", 0, "Licensed\n", "reactivate")
		if again := d.signedBy("a", one); again != first {
			d.Error("the announcement of a key changed a certificate")
		}
		d.trust(1, "let clients have it for a day", "use", "--kid", two)
		d.trust(0, "signs from now on", "use", "--kid", two, "--now")

		d.activate("b", d.URL)
		d.signedBy("b", two)
		// The old certificate is as good as ever, and fresh: reactivation keeps it
		// until the license changes.
		d.at("a", 0, "Licensed\n", "reactivate")
		if again := d.signedBy("a", one); again != first {
			d.Error("the use of another key changed a certificate")
		}

		d.trust(1, "signs now", "retire", "--kid", two)
		d.trust(0, "What it signed before stays good", "retire", "--kid", one)
		d.release()
		d.activate("c", d.URL) // with a bundle in which key one is retired
		d.write("a/trust.json", d.read("c/trust.json"))
		d.at("a", 0, "Licensed\n", "status")
		d.at("a", 0, "Licensed\n", "reactivate")
		if again := d.signedBy("a", one); again != first {
			d.Error("the end of a key changed a certificate")
		}
		d.trust(1, "is retired", "use", "--kid", one, "--now")
		d.change("an update")
		d.at("a", 0, "iot-bridge-snowflake", "reactivate")
		d.signedBy("a", two)
	})
}

// A compromised key: what it signed no longer counts, and is replaced.
func TestCompromiseDrill(t *testing.T) {
	drills(t, func(d *drill) {
		d.activate("a", d.URL)
		d.activate("isolated", d.URL)
		d.trust(0, "", "init", "--published")
		d.trust(0, "", "next", "--create", "alias/chariot-signing-2")
		d.release()
		kids := d.keyIDs()
		d.trust(1, "signs now", "remove", "--kid", kids[0])
		d.trust(0, "", "use", "--kid", kids[1], "--now")
		d.trust(0, "nothing counts that this key signed", "remove", "--kid", kids[0])
		d.trust(0, "", "sign", "--root", "alias/chariot-root-1")
		d.trust(1, "--removes "+kids[0], "publish")
		d.trust(0, "", "publish", "--removes", kids[0])

		if err := d.verify("a"); !errors.Is(err, certificate.ErrUnknownKey) {
			d.Errorf("what the removed key signed: %v, want %v", err, certificate.ErrUnknownKey)
		}
		d.at("a", 0, "Licensed\n", "reactivate")
		d.signedBy("a", kids[1])

		// A machine without network trusts the key until the new bundle comes as a
		// file; then it says what to do.
		d.at("isolated", 0, "Licensed\n", "status")
		d.write("isolated/trust.json", d.read("a/trust.json"))
		d.at("isolated", 0, "no longer trusted. Reactivate", "status")
		d.at("isolated", 0, "Licensed\n", "reactivate")
		d.signedBy("isolated", kids[1])
		if used := d.used(d.T, string(d.licenseID)); used != 2 {
			d.Errorf("%d seats are used, want 2", used)
		}
	})
}

// An older bundle is refused wherever it comes from.
func TestReplayDrill(t *testing.T) {
	drills(t, func(d *drill) {
		gate := d.gate()
		old := d.bundle()
		d.trust(0, "", "init", "--published")
		d.trust(0, "", "next", "--create", "alias/chariot-signing-2")
		d.release()
		d.activate("a", gate) // has version 2

		d.trust(0, "", "next", "--create", "alias/chariot-signing-3")
		d.release()
		three := d.keyIDs()[2]
		d.trust(0, "", "use", "--kid", three, "--now")
		d.change("an update") // so that a gets a certificate by a key it does not know
		before, _ := d.certificate("a")
		d.replayed.Store(old)
		d.at("a", 3, "version 1, but version 2 was seen before", "reactivate")
		if after, _ := d.certificate("a"); after != before {
			d.Error("a certificate was accepted with a replayed bundle")
		}
		d.replayed.Store("")
		d.at("a", 0, "Licensed\n", "reactivate")
		d.signedBy("a", three)

		d.write(d.stack.dir+"/trust.jws", old)
		d.trust(1, "a version that does not rise", "publish")
		if d.bundle() == old {
			d.Error("an older bundle was published")
		}
	})
}

// Either root key will do, and no other.
func TestRootKeyDrill(t *testing.T) {
	drills(t, func(d *drill) {
		gate := d.gate()
		d.trust(0, "", "init", "--published")
		d.trust(0, "Signed version 2", "sign", "--root", "alias/chariot-root-2")
		d.trust(0, "Published version 2", "publish")
		d.activate("a", gate)

		// A signing key in wrong hands makes no trust bundles, nor does any other.
		d.trust(1, "none of the root keys", "sign", "--root", "alias/chariot-signing-1")
		d.trust(0, "", "init", "--published", "--file", "other.json")
		d.trust(0, "", "next", "--create", "alias/forger", "--file", "other.json")
		d.write("forger.json", d.trust(0, "kid", "show", "--root", "alias/forger"))
		d.trust(0, "Signed version 3", "sign", "--root", "alias/forger", "--root-keys", "forger.json")
		d.trust(1, "signed by an unknown root key", "publish")
		d.replayed.Store(d.read(d.stack.dir + "/trust.jws"))
		d.at("b", 3, "signed by an unknown root key", "--server", gate, "activate", "--license", d.path("license.txt"))
		if used := d.used(d.T, string(d.licenseID)); used != 1 {
			d.Errorf("%d seats are used, want 1: the license key went out to somebody unknown", used)
		}
	})
}
