package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
)

// signatureSize is the length of r‖s.
const signatureSize = 64

// verifyES256 verifies an ES256 signature r‖s over message. It refuses with
// ErrSignatureForm or ErrSignature, in that order.
//
// It is stricter than RFC 7518 in one point: s must not be above n/2. Anyone can
// turn a good signature (r, s) into the other good one (r, n-s); of the two,
// signers here give the lower, so that a certificate has only one text. The
// ranges are checked here, not left to the library, so that all verifiers of
// this format do it: some JDKs accepted r = s = 0 (CVE-2022-21449).
func verifyES256(key *ecdsa.PublicKey, message, signature []byte) error {
	if len(signature) != signatureSize {
		return ErrSignatureForm
	}
	r := new(big.Int).SetBytes(signature[:signatureSize/2])
	s := new(big.Int).SetBytes(signature[signatureSize/2:])
	n := elliptic.P256().Params().N
	half := new(big.Int).Rsh(n, 1)
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(n) >= 0 || s.Cmp(half) > 0 {
		return ErrSignatureForm
	}
	digest := sha256.Sum256(message)
	if !ecdsa.Verify(key, digest[:], r, s) {
		return ErrSignature
	}
	return nil
}
