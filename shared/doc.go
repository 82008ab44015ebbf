// Package shared is the map of the packages below it. Imports point one way,
// functions → technology → use → rules → standard library, and a test holds them
// to it.
//
// Rules: standard library only, no clock, no I/O; verdicts are pure.
//
//	crockford    the alphabet of keys and IDs, and its check symbol
//	license      licenses, seats, activations, license keys; what is refused, in order
//	certificate  what Chariot verifies by itself: certificates and trust bundles
//	catalog      what the seller sells
//
// Use: the use cases; each declares the few methods it needs.
//
//	activation   a machine activates, reactivates, moves and deactivates
//	support      the seller's people issue, look up, change, replace keys and restore
//
// Technology: one each; none imports another.
//
//	dynamo       state, in one DynamoDB table
//	kms          signatures, and the cipher for license keys
//	api          HTTP: decoding, problems, limits
//	awsenv       AWS clients from a Lambda's environment
//
// Beside them:
//
//	chariot      the client that a Chariot server embeds
//	licensetest  help for tests: builders, a signer, a real store, faults
package shared
