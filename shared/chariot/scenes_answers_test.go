package chariot

import (
	"net/http"
	"strings"
)

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
