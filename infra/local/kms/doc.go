// Package kms is an AWS KMS for one machine: it speaks the KMS protocol
// (awsJson1.1) to the ordinary SDK client, and keeps its keys in one file.
//
// It has what the product uses: ECC_NIST_P256 keys that sign, SYMMETRIC_DEFAULT
// keys that encrypt under an encryption context, aliases, and keys that are
// disabled. It has no IAM, grants, key policies, rotation or deletion. Keys lie
// on disk in the clear: it is a development tool.
package kms
