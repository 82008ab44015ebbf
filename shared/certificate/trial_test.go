package certificate

import (
	"crypto/ecdsa"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// A Trial is one case on which verifiers in two languages must agree.
type Trial struct {
	// Class says what is spoiled, and Sound that a verifier may accept it.
	Class string
	Sound bool

	Roots               []RootKey
	MinVersion          int64
	Bundle, Certificate string
	Want                Expected
}

// A spoiling is one way to spoil a draft.
type spoiling struct {
	class string
	// sound says that it may leave the draft good.
	sound bool
	spoil func(*rand.Rand, *draft)
}

// perWorld is how many trials in a row share a bundle, where the bundle is not
// what is spoiled: verifiers need to verify it once.
const perWorld = 500

// trials makes n trials: the first third spoil bundles, the others certificates,
// each way of spoiling in turn. One in eight is spoiled in two ways, for the
// order in which verifiers check.
func trials(seed uint64, n int) iter.Seq[Trial] {
	return func(yield func(Trial) bool) {
		r := rand.New(rand.NewPCG(seed, 0))
		ways := bundleSpoilings()
		var world draft
		for i := range n {
			if i == n/3 {
				ways = certificateSpoilings()
			}
			if i < n/3 || i%perWorld == 0 || i == n/3 {
				world = *newWorld(r)
			}
			d := world
			d.certify(r)
			if !yield(d.spoiled(r, ways, i)) {
				return
			}
		}
	}
}

func (d *draft) spoiled(r *rand.Rand, ways []spoiling, i int) Trial {
	way := ways[i%len(ways)]
	way.spoil(r, d)
	twice := way.class != "nothing" && r.IntN(8) == 0
	if twice {
		ways[r.IntN(len(ways))].spoil(r, d)
	}
	return Trial{
		Class: way.class, Sound: way.sound || twice, Roots: d.roots, MinVersion: d.minVersion,
		Bundle: d.bundle.compact(), Certificate: d.cert.compact(), Want: d.want,
	}
}

// signers are the private keys of the trials, made once: names find them.
var signers = func() (keys []*ecdsa.PrivateKey) {
	for i := range 6 {
		keys = append(keys, testKey(fmt.Sprintf("signer %d", i)))
	}
	return keys
}()

// newWorld is a draft with a bundle of one to six keys. The IDs of two of them
// may differ in case alone.
func newWorld(r *rand.Rand) *draft {
	d := newDraft()
	b := &Bundle{Version: 1 + r.Int64N(100), IssuedAt: randomTime(r)}
	for _, i := range r.Perm(len(signers))[:1+r.IntN(len(signers))] {
		k := NewTrustedKey(&signers[i].PublicKey, randomTime(r), Activation)
		switch r.IntN(4) {
		case 0:
			k.Use = []Kind{Floating}
		case 1:
			k.Use = []Kind{"chariot-orbit+jwt", Floating, Activation}
		}
		if r.IntN(3) == 0 {
			k.RetiredAt = k.NotBefore.Add(time.Hour + time.Duration(r.IntN(1e6))*time.Second)
		}
		if len(b.Keys) > 0 && r.IntN(3) == 0 {
			k.KeyID = strings.ToLower(b.Keys[0].KeyID)
		}
		if _, twice := b.Key(k.KeyID); !twice {
			b.Keys = append(b.Keys, k)
		}
	}
	d.minVersion = r.Int64N(b.Version + 1)
	signer := rootKey
	if r.IntN(2) == 0 {
		signer = spareRoot
	}
	d.world, d.bundle = b, genuine(signer, Trust, b.Payload())
	return d
}

// certify puts a random good certificate into the draft, by a key of its bundle.
func (d *draft) certify(r *rand.Rand) {
	k := d.world.Keys[r.IntN(len(d.world.Keys))]
	c := randomCertificate(r)
	c.IssuedAt = k.NotBefore.Add(time.Duration(r.IntN(3600)) * time.Second)
	d.want = Expected{k.Use[len(k.Use)-1], c.LicenseID, c.Fingerprint, c.Nonce}
	for _, private := range signers {
		if NewTrustedKey(&private.PublicKey, newYear).X == k.X {
			d.cert = genuine(private, d.want.Kind, c.Payload())
		}
	}
	d.cert.header = header{algorithm, k.KeyID, d.want.Kind}.text()
	d.signer = k
}

func randomCertificate(r *rand.Rand) Certificate {
	key := license.NewKey([16]byte{byte(r.Uint32()), byte(r.Uint32())})
	machine := license.Fingerprint(strings.Repeat(fmt.Sprintf("%016x", r.Uint64()), 4))
	c := Certificate{
		LicenseID: key.ID(), ActivationID: license.NewActivationID(key.ID(), machine, [17]byte{byte(r.Uint32())}),
		Fingerprint: machine, Revision: r.Int64N(1 << r.IntN(63)),
		Deployment: []license.Deployment{license.Online, license.Leased, license.Offline, license.Marketplace, "orbital"}[r.IntN(5)],
		Enforce:    []license.Enforcement{license.Warn, license.Degrade, license.Stop}[r.IntN(3)],
	}
	for i := range r.IntN(4) {
		f := license.Feature{Name: fmt.Sprintf("feature-%d", i), Metered: r.IntN(2) == 0}
		if r.IntN(2) == 0 {
			f.Until = randomTime(r)
		}
		c.Features = append(c.Features, f)
	}
	for _, optional := range []*time.Time{&c.Expires, &c.GraceUntil, &c.ContactBy} {
		if r.IntN(2) == 0 {
			*optional = randomTime(r)
		}
	}
	if r.IntN(3) == 0 {
		c.Nonce, c.Sequence = fmt.Sprintf("%016X", r.Uint64()), r.Int64N(1<<62)
	}
	return c
}

// randomTime is a whole second of the years 1970 to 9998.
func randomTime(r *rand.Rand) time.Time {
	return time.Unix(r.Int64N(253_370_000_000), 0).UTC()
}
