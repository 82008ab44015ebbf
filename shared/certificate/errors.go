package certificate

import (
	"errors"
	"fmt"
)

// What Verify and VerifyBundle refuse with, one for each cause, in the order in
// which they check. The names in testdata/vectors.json stand for them.
var (
	// ErrCompact: not three parts in canonical base64url without padding. It was
	// cut off or changed on its way: fetch it again.
	ErrCompact = errors.New("not a compact JWS in canonical base64url")
	// ErrHeader: the header is not exactly {"alg":…,"kid":…,"typ":…}.
	ErrHeader = errors.New("header is not of the one accepted form")
	// ErrKind: signed for another purpose than the caller's.
	ErrKind = errors.New("signed text is of another kind")
	// ErrUnknownRoot: the trust bundle names a root key that is not pinned.
	ErrUnknownRoot = errors.New("signed by an unknown root key")
	// ErrUnknownKey: the trust bundle does not have the key: it is newer than
	// the bundle, or was removed. Fetch the bundle; then reactivate.
	ErrUnknownKey = errors.New("signed by a key that is not in the trust bundle")
	// ErrKeyUse: the key may not sign this kind.
	ErrKeyUse = errors.New("key may not sign this kind")
	// ErrAlgorithm: the header's algorithm is not the key's.
	ErrAlgorithm = errors.New("algorithm is not the one of the key")
	// ErrUnsupported: the key's algorithm is one that this version does not know.
	ErrUnsupported = errors.New("algorithm of the key is not supported")
	// ErrKey: the key is not a point on P-256 in canonical form.
	ErrKey = errors.New("key is not a P-256 public key")
	// ErrSignatureForm: not 64 bytes, or r or s is out of range, or s is above n/2.
	ErrSignatureForm = errors.New("signature is not of the one accepted form")
	// ErrSignature: the key did not sign these bytes.
	ErrSignature = errors.New("signature does not verify")
	// ErrPayload: well signed, but not of the specified form. The signer is at
	// fault, or newer by more than unknown members.
	ErrPayload = errors.New("payload is not of the specified form")
	// ErrKeyPeriod: the key was not yet, or no longer, good when this was issued.
	ErrKeyPeriod = errors.New("issued outside the time of its key")
	// ErrLicense: the certificate is for another license.
	ErrLicense = errors.New("certificate is for another license")
	// ErrMachine: the certificate is for another machine.
	ErrMachine = errors.New("certificate is for another machine")
	// ErrNonce: the certificate answers another request than the pending one, or
	// only one of the two is offline. Install the code for the latest request.
	ErrNonce = errors.New("certificate does not answer the pending request")
)

// A ReplayedBundleError says that a trust bundle is older than one that was
// seen before: keep the newer one.
type ReplayedBundleError struct {
	// Version is the bundle's, AtLeast the caller's.
	Version, AtLeast int64
}

func (e *ReplayedBundleError) Error() string {
	return fmt.Sprintf("trust bundle has version %d, but version %d was seen before", e.Version, e.AtLeast)
}
