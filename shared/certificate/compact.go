package certificate

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/cirruslink/chariot-license/shared/license"
)

// algorithm is the one that this version signs and verifies with.
const algorithm = "ES256"

// encoding is base64url without padding. Its strictness about trailing bits,
// and split's about line breaks, leave each text one reading and one spelling.
var encoding = base64.RawURLEncoding.Strict()

// SigningInput is what a signer signs: the first two parts of the compact form.
// keyID must be of the characters of base64url; KeyID makes such.
func SigningInput(kind Kind, keyID string, payload []byte) []byte {
	header := header{algorithm, keyID, kind}.text()
	return []byte(encoding.EncodeToString([]byte(header)) + "." + encoding.EncodeToString(payload))
}

// Compact is the text that is handed out, rebuilt byte for byte from what is
// stored.
func Compact(kind Kind, s license.Signed) string {
	return string(SigningInput(kind, s.KeyID, s.Payload)) + "." + encoding.EncodeToString(s.Signature)
}

// A header has these three members, always, and no others.
type header struct {
	algorithm string
	keyID     string
	kind      Kind
}

// text is the one way to write a header.
func (h header) text() string {
	return fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"%s"}`, h.algorithm, h.keyID, h.kind)
}

// parseHeader accepts only what text writes. So nothing needs to be said of
// unknown members, duplicate ones, order, white space or escapes. It refuses
// with ErrHeader.
func parseHeader(text string) (header, error) {
	quoted := strings.Split(text, `"`)
	if len(quoted) != 13 {
		return header{}, ErrHeader
	}
	h := header{quoted[3], quoted[7], Kind(quoted[11])}
	if h.text() != text || !isName(h.algorithm, "") || !isName(h.keyID, "") || !isName(string(h.kind), "+./") {
		return header{}, ErrHeader
	}
	return h, nil
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// isName reports a text of 1 to 64 characters of base64url and of extra.
func isName(text, extra string) bool {
	return len(text) >= 1 && len(text) <= 64 && strings.Trim(text, base64url+extra) == ""
}

// A jws is a compact JWS taken apart; nothing of it is verified.
type jws struct {
	header, payload, signature []byte
	// signed is the text under the signature.
	signed string
}

// split takes a compact JWS apart. It refuses with ErrCompact.
func split(compact string) (jws, error) {
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return jws{}, ErrCompact
	}
	var decoded [3][]byte
	for i, part := range parts {
		// Go's decoder skips line breaks, which would allow a second spelling.
		data, err := encoding.DecodeString(part)
		if err != nil || part == "" || strings.ContainsAny(part, "\r\n") {
			return jws{}, ErrCompact
		}
		decoded[i] = data
	}
	return jws{decoded[0], decoded[1], decoded[2], parts[0] + "." + parts[1]}, nil
}
