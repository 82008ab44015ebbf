package chariot

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

const (
	oneHeld, oneFree, twoHeld, noneEver = "1 opened, held true", "1 opened, held false", "2 opened, held true", "0 opened, held false"
)

// held is how most scenes begin.
var held = step{nil, "activate", "licensed"}

func scenes() []scene {
	var all []scene
	for _, some := range [][]scene{
		lifeScenes(), intentScenes(), decisionScenes(), moveScenes(), trustScenes(), lieScenes(), answerScenes(), echoScenes(), patienceScenes(),
	} {
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b scene) int { return strings.Compare(a.name, b.name) }) // some stand in maps
	return all
}

func upgrade(v *vendor) {
	v.license.Revision, v.spoil = v.license.Revision+1, nil
	v.license.Features = append(v.license.Features[:1:1],
		license.Feature{Name: "iot-bridge-snowflake", Metered: true},
		license.Feature{Name: "mqtt-server-support", Until: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)})
}

func lifeScenes() []scene {
	return []scene{
		{"a whole life", []step{
			{nil, "status", "not licensed"}, {nil, "activate file", "licensed"}, {nil, "status", "licensed"},
			{upgrade, "reactivate", "licensed"}, {nil, "reopen", ""}, {nil, "status", "licensed"},
			{nil, "deactivate", "not licensed"}, {nil, "deactivate", "not licensed"}, {nil, "reactivate", "refusal"},
			{nil, "activate", "licensed"},
		}, twoHeld},
		{"twice the same", []step{held, held, {nil, "reactivate", "licensed"}, {nil, "reactivate", "licensed"}}, oneHeld},
		{"another license", []step{held, {nil, "activate another", "refusal"}, {nil, "deactivate", "not licensed"}, {nil, "activate another", "problem"}}, oneFree},
		{"nothing to pull", []step{{nil, "reactivate", "refusal"}, {nil, "deactivate", "not licensed"}}, noneEver},
		{"replaced key", []step{
			held, {func(v *vendor) { v.key = license.NewKey([16]byte([]byte("0123456789ABCDEF"))) }, "reactivate", "problem"}, {nil, "status", "licensed"},
			{nil, "activate", "licensed"}, {nil, "deactivate", "not licensed"},
		}, oneFree},
	}
}

// intentScenes are what a person may wish next while an intent waits for its answer.
func intentScenes() []scene {
	unheard := func(path string) func(*vendor) { return lost(path, false, 99) }
	heard := func(path string) func(*vendor) { return lost(path, true, 99) }
	waits := step{heard("/activations"), "activate", "unreachable"}
	never := step{unheard("/activations"), "activate", "unreachable"}
	return []scene{
		{"activate, again", []step{waits, {nil, "status", "not licensed"}, {well, "activate", "licensed"}}, oneHeld},
		{"activate, never arrived, again after a restart", []step{never, {well, "reopen", ""}, held}, oneHeld},
		{"activate, then another license", []step{waits, {well, "activate another", "refusal"}}, oneHeld},
		{"activate, then reactivate", []step{waits, {well, "reactivate", "refusal"}}, oneHeld},
		{"activate, then deactivate", []step{waits, {well, "deactivate", "not licensed"}}, oneFree},
		{"activate, never arrived, then deactivate", []step{never, {well, "deactivate", "not licensed"}}, oneFree},
		{"deactivate, again", []step{held, {heard("/deactivate"), "deactivate", "unreachable"}, {well, "deactivate", "not licensed"}}, oneFree},
		{"deactivate, then reactivate", []step{held, {unheard("/deactivate"), "deactivate", "unreachable"}, {well, "reactivate", "refusal"}}, oneHeld},
		{"deactivate, then activate", []step{held, {heard("/deactivate"), "deactivate", "unreachable"}, {well, "activate", "licensed"}}, twoHeld},
		{"deactivate, never arrived, then activate", []step{held, {unheard("/deactivate"), "deactivate", "unreachable"}, {well, "activate", "licensed"}}, twoHeld},
		{"deactivate, never arrived, then another license", []step{held, {unheard("/deactivate"), "deactivate", "unreachable"}, {well, "activate another", "problem"}}, oneFree},
		{"each answer lost four times", []step{{lost("", true, 4), "patient activate", "licensed"}, {lost("", true, 4), "patient deactivate", "not licensed"}}, oneFree},
		{"cut before it was heard, three times", []step{{lost("", false, 3), "patient activate", "licensed"}}, oneHeld},
	}
}

// decisionScenes are what the server may decide on an intent.
func decisionScenes() []scene {
	var all []scene
	for _, code := range []string{
		seatsTaken, "license-expired", "license-suspended", "license-revoked", "wrong-deployment", "offline-activation",
		licenseNotFound, activationNotFound, requestSuperseded, activationReleased,
		"internal", "unavailable", "rate-limited", "malformed-request", "route-not-found", "new-thing",
	} {
		refused := problem("/activations", 409, code, map[string]any{"seats": 5, "requestId": "r-7"})
		given := problem("/deactivate", 409, code, nil)
		// A deactivation of what the server does not know is done.
		gone := map[bool]string{true: "not licensed", false: "problem"}[code == activationNotFound]
		seats := map[bool]string{true: oneHeld, false: oneFree}[code == activationNotFound]
		all = append(all,
			scene{code + ", then again", []step{{refused, "activate", "problem"}, {nil, "status", "not licensed"}, {well, "activate", "licensed"}}, oneHeld},
			scene{code + " of what is held", []step{
				held, {problem("/reactivate", 403, code, nil), "reactivate", "problem"}, {nil, "status", "licensed"},
				{given, "deactivate", gone}, {well, "deactivate", "not licensed"},
			}, seats},
			scene{code + " when deactivate settles it", []step{
				{lost("/activations", false, 99), "activate", "unreachable"}, {refused, "deactivate", settled(code)}, {well, "status", "not licensed"},
				{nil, "deactivate", "not licensed"},
			}, map[bool]string{true: noneEver, false: oneFree}[settles(code)]},
		)
	}
	const far = 1_800_000_000_000_000
	for _, code := range []string{requestSuperseded, activationReleased} {
		newer := problem("/activations", 409, code, map[string]any{"sequence": far})
		all = append(all,
			scene{code + ": counts on once, and no further", []step{{newer, "activate", "problem"}, {well, "activate", "licensed"}}, oneHeld},
			scene{code + " by nonsense", []step{{problem("/activations", 409, code, map[string]any{"sequence": 1 << 60}), "activate", "problem"}}, noneEver},
			scene{code + ": counts on to give back", []step{held, {once(problem("/deactivate", 409, code, map[string]any{"sequence": far})), "deactivate", "not licensed"}}, oneFree},
		)
	}
	return all
}

// settled is what deactivate makes of a refused activation: what says that there is
// no seat is a deactivation done.
func settled(code string) string {
	switch code {
	case seatsTaken, requestSuperseded, activationReleased:
		return "not licensed"
	}
	return "problem"
}

// once spoils one request, and lets the others pass.
func once(server func(*vendor)) func(*vendor) {
	return func(v *vendor) {
		server(v)
		spoil, done := v.spoil, false
		v.spoil = func(w http.ResponseWriter, r *http.Request, n int) (answered, lose bool) {
			if !done {
				answered, lose = spoil(w, r, n)
			}
			done = done || answered
			return answered, lose
		}
	}
}

// moveScenes are state on another computer than it was activated on.
func moveScenes() []scene {
	there := step{nil, "reopen on b", ""}
	move := lost("/reactivate", true, 99)
	return []scene{
		{"moved", []step{held, there, {nil, "status", "not licensed"}, {nil, "reactivate", "licensed"}, {nil, "deactivate", "not licensed"}}, oneFree},
		{"a copy gives nothing back", []step{held, there, {nil, "deactivate", "refusal"}}, oneHeld},
		{"a copy wants a seat of its own", []step{held, there, {nil, "activate", "problem"}, {nil, "activate another", "problem"}}, oneHeld},
		{"moved, and the old one asks", []step{
			held, there, {nil, "reactivate", "licensed"}, {answering("/reactivate", func(v *vendor) any {
				return v.licensedBy(v.signer, licensetest.Fingerprint('b'))
			}), "reactivate", "refusal"},
		}, oneHeld},
		{"a move waits, then reactivate", []step{held, there, {move, "reactivate", "unreachable"}, {nil, "status", "not licensed"}, {well, "reactivate", "licensed"}}, oneHeld},
		{"a move waits, then activate", []step{held, there, {move, "reactivate", "unreachable"}, {well, "activate", "licensed"}}, oneHeld},
		{"a move waits, then deactivate", []step{held, there, {move, "reactivate", "unreachable"}, {well, "deactivate", "not licensed"}}, oneFree},
		{"a move waits, then home again", []step{held, there, {move, "reactivate", "unreachable"}, {well, "reopen", ""}, {nil, "reactivate", "licensed"}}, oneHeld},
		{"a move is superseded", []step{held, there, {once(problem("/reactivate", 409, requestSuperseded, map[string]any{"sequence": 1_900_000_000_000})), "reactivate", "licensed"}}, oneHeld},
	}
}

// trustScenes are about trust bundles and the keys in them.
func trustScenes() []scene {
	next := func(version int64, vouched bool) func(*vendor) {
		return func(v *vendor) {
			if v.signer = licensetest.NewSigner(v.T); vouched {
				v.bundle = v.root.Bundle(v.T, version, v.signer.Trusted())
			}
		}
	}
	stranger := func(v *vendor) { v.bundle = licensetest.NewSigner(v.T).Bundle(v.T, 3, v.signer.Trusted()) }
	return []scene{
		{"a new signing key", []step{held, {next(3, true), "reactivate", "licensed"}, {nil, "reactivate", "licensed"}, {nil, "status", "licensed"}}, oneHeld},
		{"a signing key that nobody vouches for", []step{held, {next(3, false), "reactivate", "untrusted"}, {nil, "status", "licensed"}}, oneHeld},
		{"the bundle that the call has fetched is asked for once", []step{{next(2, false), "activate", "untrusted"}, {nil, "status", "not licensed"}}, oneHeld},
		{"an older bundle", []step{held, {next(1, true), "reactivate", "untrusted"}, {nil, "status", "licensed"}}, oneHeld},
		{"a stranger's bundle gets no key", []step{{stranger, "activate", "untrusted"}, {nil, "deactivate", "not licensed"}}, noneEver},
		{"no bundle", []step{{raw("/v1/keys", 200, "{}", "Content-Type: application/json"), "activate", "untrusted"}}, noneEver},
	}
}

// lieScenes are answers whose parts do not fit together, or fit something else.
func lieScenes() []scene {
	path := func(names ...string) []string { return names }
	lies := map[string]func(*vendor) any{
		"a stranger's certificate":         func(v *vendor) any { return v.licensedBy(licensetest.NewSigner(v.T), v.holder.Fingerprint) },
		"another machine's, by a stranger": func(v *vendor) any { return v.licensedBy(licensetest.NewSigner(v.T), licensetest.Fingerprint('b')) },
		"answered: another activation":     with(path("activation", "id"), "act_other"),
		"answered: another fingerprint":    with(path("activation", "fingerprint"), strings.Repeat("b", 64)),
		"answered: another license":        with(path("license", "id"), "lic_other"),
		"answered: no certificate":         with(path("certificate"), ""),
		"answered: half a certificate":     with(path("certificate"), "eyJhbGciOiJFUzI1NiJ9.e30"),
	}
	var all []scene
	for name, lie := range lies {
		all = append(all, scene{name, []step{held, {answering("/reactivate", lie), "reactivate", "untrusted"}, {nil, "status", "licensed"}, {well, "reactivate", "licensed"}}, oneHeld})
	}
	for name, value := range map[string]any{"a number": 5, "a list": []int{}, "an object": map[string]int{}, "true": true} {
		all = append(all, scene{"the certificate is " + name, []step{held, {answering("/reactivate", with(path("certificate"), value)), "reactivate", "answer"}}, oneHeld})
	}
	for name, wrong := range map[string]func(*vendor) any{
		"the time is none": with(path("activation", "activatedAt"), "soon"), "seats are a text": with(path("license", "seats", "max"), "1"),
		"the revision is a fraction": with(path("license", "revision"), 1.5), "features are an object": with(path("license", "features"), map[string]int{}),
		"a feature is a text": with(path("license", "features"), []string{"mqtt-server"}), "the activation is a list": with(path("activation"), []int{}),
	} {
		all = append(all, scene{name, []step{held, {answering("/reactivate", wrong), "reactivate", "answer"}, {nil, "status", "licensed"}}, oneHeld})
	}
	return append(all,
		scene{"members that nobody knows, and null", []step{held, {answering("/reactivate", with(path("license", "later"), map[string]any{"a": []any{nil, 1.5, "ü"}})), "reactivate", "licensed"}}, oneHeld},
		scene{"an older certificate", []step{{upgrade, "activate", "licensed"}, {func(v *vendor) { v.license.Revision = 1 }, "reactivate", "untrusted"}, {nil, "status", "licensed"}}, oneHeld},
		scene{"a pinned license", []step{held, {nil, "deactivate", "not licensed"}, {func(v *vendor) { v.license.ID = "lic_77777777777777777777777777" }, "activate", "untrusted"}}, twoHeld},
		scene{"deactivated by a login page", []step{
			held, {raw("/deactivate", 200, "<html>", "Content-Type: text/html"), "deactivate", "answer"},
			{raw("/deactivate", 200, "{}", "Content-Type: application/json"), "deactivate", "answer"}, {nil, "status", "licensed"},
		}, oneHeld},
	)
}
