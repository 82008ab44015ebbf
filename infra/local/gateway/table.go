package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// A table finds the route of a request.
type table struct {
	routes []pattern
	rest   routes.Route // the $default route
}

// A pattern is a route, its path cut at the slashes.
type pattern struct {
	route    routes.Route
	segments []string
}

// A match is the route of one request and what its path holds for the
// parameters, decoded.
type match struct {
	route      routes.Route
	parameters map[string]string
}

func newTable(all []routes.Route) (table, error) {
	var t table
	defaults := 0
	seen := make(map[string]bool)
	for _, r := range all {
		if seen[r.Key()] {
			return table{}, fmt.Errorf("gateway: two routes are %q", r.Key())
		}
		seen[r.Key()] = true
		if r.Path == routes.Default {
			t.rest = r
			defaults++
			continue
		}
		t.routes = append(t.routes, pattern{r, strings.Split(r.Path, "/")})
	}
	if defaults != 1 {
		return table{}, fmt.Errorf("gateway: %d routes are %s, want one", defaults, routes.Default)
	}
	return t, nil
}

// find compares the path as it was sent: it is not decoded and not cleaned.
func (t *table) find(method, path string) match {
	segments := strings.Split(path, "/")
	var best *pattern
	for i := range t.routes {
		p := &t.routes[i]
		if p.route.Method == method && p.matches(segments) && (best == nil || p.beats(best)) {
			best = p
		}
	}
	if best == nil {
		return match{route: t.rest}
	}
	return match{best.route, best.parameters(segments)}
}

func (p *pattern) matches(path []string) bool {
	if len(path) != len(p.segments) {
		return false
	}
	for i, want := range p.segments {
		if isParameter(want) {
			if !fitsParameter(path[i]) {
				return false
			}
		} else if path[i] != want {
			return false
		}
	}
	return true
}

// beats reports whether p is more exact than q: it is the first to have a fixed
// segment where the other has a parameter.
func (p *pattern) beats(q *pattern) bool {
	for i := range p.segments {
		if a, b := isParameter(p.segments[i]), isParameter(q.segments[i]); a != b {
			return b
		}
	}
	return false
}

func (p *pattern) parameters(path []string) map[string]string {
	var found map[string]string
	for i, name := range p.segments {
		if isParameter(name) {
			if found == nil {
				found = make(map[string]string)
			}
			found[name[1:len(name)-1]] = decode(path[i])
		}
	}
	return found
}

func isParameter(segment string) bool {
	return strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}")
}

// fitsParameter refuses what is no name but a direction, however it is written.
func fitsParameter(segment string) bool {
	decoded := decode(segment)
	return decoded != "" && decoded != "." && decoded != ".."
}

// decode returns s as it is where it is not well encoded.
func decode(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}

// rawPath is the path exactly as it was sent. http.Request.URL has it decoded
// and, where that is ambiguous, encoded again.
func rawPath(r *http.Request) string {
	target, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(target, "/") { // the absolute form, sent to proxies, or *
		_, rest, found := strings.Cut(target, "://")
		if !found {
			return target
		}
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return "/"
		}
		return rest[slash:]
	}
	return target
}
