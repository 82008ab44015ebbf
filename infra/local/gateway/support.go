package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// A tokenDigest recognises the support token; comparing digests takes the same
// time for every wrong token, of whatever length.
type tokenDigest [sha256.Size]byte

func digest(token string) tokenDigest { return sha256.Sum256([]byte(token)) }

// admits reports whether r carries the token, once, as a bearer token.
func (d tokenDigest) admits(r *http.Request) bool {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	given := digest(strings.TrimSpace(token))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(given[:], d[:]) == 1
}

// problem is an RFC 9457 problem, as the functions answer them.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	RequestID string `json:"requestId"`
}

// unauthorized answers who may not call a support route. In AWS the authorizer
// does, so that no function ever sees such a request.
func (x *exchange) unauthorized() {
	x.w.Header().Set("WWW-Authenticate", "Bearer")
	x.encode(http.StatusUnauthorized, "application/problem+json", problem{
		Type:      "urn:chariot:problem:unauthorized",
		Title:     "Unauthorized",
		Status:    http.StatusUnauthorized,
		Detail:    "This route is for support. Send the header Authorization: Bearer, followed by the supportToken of stack.json.",
		RequestID: x.id,
	})
}
