package certificate_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

var (
	trialCount = flag.Int("trials", 10_000, "how many certificates and bundles Go and Java compare; 100000 take a minute or two")
	trialSeed  = flag.Uint64("seed", 1, "what the trials are made from")
)

// A question is what the Java program Compare is asked, and what Go says of it.
type question struct {
	Do   string `json:"do"`
	Text string `json:"text"`
	// For bundles.
	Roots   []certificate.RootKey `json:"roots"`
	AtLeast int64                 `json:"atLeast"`
	// For certificates.
	Kind    certificate.Kind `json:"kind"`
	License string           `json:"license"`
	Machine string           `json:"machine"`
	Nonce   string           `json:"nonce"`
	// For signatures.
	X         []byte `json:"x"`
	Y         []byte `json:"y"`
	Message   []byte `json:"message"`
	Signature []byte `json:"signature"`

	name string
	want answer
}

// An answer is the name of a refusal and its sentence, or what was understood.
type answer struct {
	Refused string `json:"refused"`
	Says    string `json:"says"`
	Reads   string `json:"reads"`
}

func answerOf(err error, payload func() []byte) answer {
	if err != nil {
		return answer{Refused: certificate.FailureName(err), Says: err.Error()}
	}
	return answer{Reads: string(payload())}
}

// A verifier is what Go says, and what it has seen.
type verifier struct {
	last   certificate.Trial
	bundle *certificate.Bundle
	seen   map[string]int
}

// questions are the one or two that a trial makes: a bundle is asked for once for
// all trials in a row that share it, and where it is refused, there is no more.
func (v *verifier) questions(trial certificate.Trial) (list []question) {
	if v.bundle == nil || trial.Bundle != v.last.Bundle || trial.MinVersion != v.last.MinVersion || !sameRoots(trial, v.last) {
		bundle, err := certificate.VerifyBundle(trial.Bundle, trial.Roots, trial.MinVersion)
		v.bundle, v.last = bundle, trial
		list = append(list, question{Do: "bundle", Text: trial.Bundle, Roots: trial.Roots, AtLeast: trial.MinVersion, name: trial.Class})
		list[0].want = answerOf(err, func() []byte { return bundle.Payload() })
		v.seen["bundle: "+list[0].want.Refused]++
		if err != nil {
			v.seen[trial.Class+": refused"]++
			return list
		}
	}
	w := trial.Want
	c, err := certificate.Verify(trial.Certificate, v.bundle, w)
	q := question{Do: "certificate", Text: trial.Certificate, Kind: w.Kind, License: string(w.License), Machine: string(w.Machine), Nonce: w.Nonce, name: trial.Class}
	q.want = answerOf(err, func() []byte { return c.Payload() })
	v.seen["certificate: "+q.want.Refused]++
	outcome := ": accepted"
	if err != nil {
		outcome = ": refused"
	} else if !trial.Sound {
		outcome = ": accepted, though it is spoiled"
	}
	v.seen[trial.Class+outcome]++
	return append(list, q)
}

func sameRoots(a, b certificate.Trial) bool {
	return len(a.Roots) == len(b.Roots) && (len(a.Roots) == 0 || &a.Roots[0] == &b.Roots[0])
}

// agrees reports whether two answers are one. Of a payload that is no JSON of
// ours two parsers may first see another fault.
func (want answer) agrees(got answer) bool {
	notOurs := func(a answer) bool {
		_, what, _ := strings.Cut(a.Says, "payload is not of the specified form: ")
		return strings.HasPrefix(what, "not JSON") || strings.HasPrefix(what, "nested deeper") || strings.HasPrefix(what, "two members")
	}
	return want == got || want.Refused == got.Refused && notOurs(want) && notOurs(got)
}

// compare asks Java all questions and tells where it does not agree with Go.
func compare(t *testing.T, classpath string, questions iter.Seq[question]) {
	t.Helper()
	wrong := 0
	err := licensetest.AskJava(t, classpath, "Compare", questions, func(q question, got answer) {
		if q.want.agrees(got) {
			return
		}
		if wrong++; wrong <= 5 {
			t.Errorf("%s: %s %q\nGo says   %+v\nJava says %+v", q.name, q.Do, q.Text, q.want, got)
		}
	})
	if err != nil || wrong > 0 {
		t.Errorf("%d disagreements, %v", wrong, err)
	}
}

// Go and Java say the same of every text, good or spoiled, and read the same in
// it. Two halves run at once: Java takes a millisecond for each signature.
func TestJavaAgrees(t *testing.T) {
	classpath := licensetest.Java(t)
	t.Logf("go test -run %s -trials %d -seed %d", t.Name(), *trialCount, *trialSeed)
	var halves [2]verifier
	var wait sync.WaitGroup
	for i := range halves {
		halves[i].seen = map[string]int{}
		wait.Go(func() {
			compare(t, classpath, func(yield func(question) bool) {
				for trial := range certificate.Trials(*trialSeed<<1+uint64(i), *trialCount/len(halves)) {
					for _, q := range halves[i].questions(trial) {
						if !yield(q) {
							return
						}
					}
				}
			})
		})
	}
	wait.Wait()
	checkSeen(t, halves[0].seen, halves[1].seen)
}

// checkSeen fails where a way of spoiling, or a refusal, had no case.
func checkSeen(t *testing.T, halves ...map[string]int) {
	t.Helper()
	seen := map[string]int{}
	for _, half := range halves {
		for name, n := range half {
			seen[name] += n
		}
	}
	both := " compact header kind algorithm unsupported signature-form signature payload"
	for what, names := range map[string]string{"bundle": both + " root key replayed", "certificate": both + " unknown-key key-use key-period license machine nonce"} {
		for _, name := range strings.Split(names, " ") {
			if seen[what+": "+name] == 0 {
				t.Errorf("no %s was refused with %q", what, name)
			}
		}
	}
	for _, name := range certificate.Spoilings() {
		if n := seen[name+": accepted, though it is spoiled"]; n > 0 {
			t.Errorf("%s: %d were accepted", name, n)
		}
		if seen[name+": refused"] == 0 && name != "nothing" {
			t.Errorf("%s: none was refused", name)
		}
	}
}

// Every published vector, in Java.
func TestJavaVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) < 100 {
		t.Fatalf("%d vectors, %v", len(file.Vectors), err)
	}
	err = licensetest.AskJava(t, licensetest.Java(t), "Compare", vectorQuestions(file.Vectors), func(q question, got answer) {
		if got.Refused != q.want.Refused || q.Do == "certificate" && got.Reads != q.want.Reads {
			t.Errorf("%s: the %s gives %+v, want %+v", q.name, q.Do, got, q.want)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// A vector is as FORMAT.md, section 9, specifies it.
type vector struct {
	Name                     string
	Roots                    []certificate.RootKey
	MinVersion               int64
	TrustBundle, Certificate string
	Expected                 struct {
		Kind                        certificate.Kind
		License, Fingerprint, Nonce string
	}
	BundleFailure, CertificateFailure, Reads string
}

func vectorQuestions(vectors []vector) iter.Seq[question] {
	return func(yield func(question) bool) {
		for _, v := range vectors {
			bundle := question{Do: "bundle", Text: v.TrustBundle, Roots: v.Roots, AtLeast: v.MinVersion, name: v.Name, want: answer{Refused: v.BundleFailure}}
			if !yield(bundle) {
				return
			}
			e := v.Expected
			c := question{
				Do: "certificate", Text: v.Certificate, Kind: e.Kind, License: e.License, Machine: e.Fingerprint, Nonce: e.Nonce,
				name: v.Name, want: answer{Refused: v.CertificateFailure, Reads: v.Reads},
			}
			if v.BundleFailure == "" && !yield(c) {
				return
			}
		}
	}
}

// Wycheproof's signatures, in Java: the same verdict and the same reason as Go's,
// which another test holds against Wycheproof's own.
func TestJavaWycheproof(t *testing.T) {
	cases := certificate.WycheproofECDSA(t)
	compare(t, licensetest.Java(t), func(yield func(question) bool) {
		for _, v := range cases {
			point, err := v.Key.Bytes()
			if err != nil {
				t.Error(err)
				return
			}
			q := question{Do: "es256", X: point[1:33], Y: point[33:], Message: v.Message, Signature: v.Signature, name: fmt.Sprintf("case %d", v.ID)}
			q.want = answerOf(certificate.VerifyES256(v.Key, v.Message, v.Signature), func() []byte { return nil })
			if !yield(q) {
				return
			}
		}
	})
}
