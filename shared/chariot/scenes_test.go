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

// answerScenes are answers that are none of a license server's.
func answerScenes() []scene {
	const json, page, prob = "Content-Type: application/json", "Content-Type: text/html", "Content-Type: application/problem+json"
	body := func(rest string) string { return `{"type":"urn:chariot:problem:` + rest + `}` }
	answers := []struct {
		name string
		do   func(*vendor)
		want string
	}{
		{"a redirect", raw("/v1/keys", 307, "", "Location: https://user:pw@elsewhere.example/path?key=1#f"), "answer"},
		{"a redirect to nowhere", raw("/v1/keys", 302, "", "Location: /login"), "answer"},
		{"not modified", raw("/v1/keys", 304, ""), "answer"},
		{"a login page", raw("/v1/keys", 200, "<html>", page), "answer"},
		{"a login page that says it is JSON", raw("/v1/keys", 200, "<html>", json), "answer"},
		{"JSON that says nothing of itself", raw("/v1/keys", 200, "{}", "Content-Type: "), "answer"},
		{"JSON in capitals, with a charset", raw("/v1/keys", 200, "{}", "Content-Type: Application/JSON; charset=utf-8"), "untrusted"},
		{"no content", raw("/v1/keys", 204, ""), "answer"},
		{"a list", raw("/v1/keys", 200, "[]", json), "answer"},
		{"half an object", raw("/v1/keys", 200, `{"trustBundle":`, json), "answer"},
		{"two objects", raw("/v1/keys", 200, `{}{}`, json), "answer"},
		{"7,000 levels deep", raw("/v1/keys", 200, strings.Repeat(`[`, 70000), json), "answer"},
		{"an endless answer", raw("/v1/keys", 200, `"`+strings.Repeat("x", maxAnswer), json), "answer"},
		{"the longest answer", raw("/v1/keys", 200, `{"trustBundle":"`+strings.Repeat("x", maxAnswer-18)+`"}`, json), "untrusted"},
		{"forbidden by a proxy", raw("/v1/keys", 403, "no", page), "answer"},
		{"not found", raw("/v1/keys", 404, "", page), "answer"},
		{"out of order", raw("/v1/keys", 502, "", page), "answer"},
		{"a proxy wants a login", raw("/v1/keys", 407, "", "Proxy-Authenticate: Basic realm=x"), "unreachable"},
		{"a problem of somebody else", raw("/v1/keys", 404, `{"type":"about:blank","detail":"x"}`, prob), "answer"},
		{"a problem with a strange code", raw("/v1/keys", 404, body(`A b"`), prob), "answer"},
		{"a problem in a good answer", raw("/v1/keys", 200, body(`new-thing"`), prob), "answer"},
		{"a problem that is no JSON", raw("/v1/keys", 404, "{", prob), "answer"},
		{"a problem with seats in a text", raw("/v1/keys", 404, body(`seats-taken","seats":"5"`), prob), "answer"},
		{"a problem with a detail", raw("/v1/keys", 418, body(`new-thing","detail":"Do \u001b[2J {seats} <that> ü \ud83d\ude00.","seats":7`), prob), "problem"},
		{"a problem without a detail", raw("/v1/keys", 418, body(`new-thing"`), prob), "problem"},
		{"a problem with a long detail", raw("/v1/keys", 418, body(`new-thing","detail":"`+strings.Repeat("é", 600)+`"`), prob), "problem"},
		{"a problem with a request ID", raw("/v1/keys", 500, body(`internal","requestId":"r-{seats}-9"`), prob), "problem"},
	}
	var all []scene
	for _, a := range answers {
		all = append(all, scene{a.name, []step{{a.do, "activate", a.want}, {well, "activate", "licensed"}}, oneHeld})
	}
	return all
}

// echoScenes are servers that write the license key back, where people would read it.
func echoScenes() []scene {
	problems := func(status int) func(*vendor) {
		return func(v *vendor) {
			key := v.key.Reveal()
			problem("/activations", status, "new-thing", map[string]any{"detail": "no license " + key + "\x1b[2J", "requestId": key, "title": key})(v)
		}
	}
	elsewhere := func(v *vendor) {
		raw("/activations", 302, "", "Location: https://"+v.key.Reveal()+"@h/?key="+v.key.Reveal())(v)
	}
	return []scene{
		{"a problem writes the key", []step{{problems(418), "activate", "problem"}, {nil, "status", "not licensed"}, {well, "activate", "licensed"}}, oneHeld},
		{"a busy server writes the key", []step{{once(problems(503)), "patient activate", "licensed"}}, oneHeld},
		{"a redirect writes the key", []step{{elsewhere, "activate", "answer"}}, noneEver},
		{"a page writes the key", []step{{func(v *vendor) { raw("/activations", 200, v.key.Reveal(), "Content-Type: application/json")(v) }, "activate", "answer"}}, noneEver},
		{"a mistyped key", []step{{nil, "activate mistyped", "licensetext"}}, noneEver},
	}
}

// patienceScenes are servers that are busy for a while, and who is asked again.
func patienceScenes() []scene {
	busy := func(status, times int, header string) func(*vendor) {
		answer := raw("", status, "", header)
		return func(v *vendor) {
			answer(v)
			spoil, left := v.spoil, times
			v.spoil = func(w http.ResponseWriter, r *http.Request, n int) (bool, bool) {
				if left--; left < 0 {
					return false, false
				}
				return spoil(w, r, n)
			}
		}
	}
	return []scene{
		{"busy twice", []step{{busy(503, 2, "Retry-After: 1"), "patient activate", "licensed"}}, oneHeld},
		{"busy, until a time", []step{{busy(503, 2, "Retry-After: Tue, 01 Jan 2030 12:00:09 GMT"), "patient activate", "licensed"}}, oneHeld},
		{"busy for longer than a person waits", []step{{busy(503, 9, "Retry-After: 3600"), "patient activate", "answer"}}, noneEver},
		{"busy until tomorrow", []step{{busy(429, 9, "Retry-After: Wed, 02 Jan 2030 12:00:00 GMT"), "patient activate", "answer"}}, noneEver},
		{"busy, and says strange things", []step{{busy(500, 2, "Retry-After: soon"), "patient activate", "licensed"}}, oneHeld},
		{"a problem that passes", []step{{once(problem("/activations", 503, "unavailable", nil)), "patient activate", "licensed"}}, oneHeld},
		{"a refusal is not asked for again", []step{{once(problem("/activations", 403, "license-suspended", nil)), "patient activate", "problem"}}, noneEver},
		{"nor what a proxy forbids", []step{{busy(403, 1, ""), "patient activate", "answer"}}, noneEver},
		{"no patience", []step{{busy(503, 1, ""), "activate", "answer"}}, noneEver},
	}
}
