// Package gateway answers HTTP as an API Gateway HTTP API does, and hands the
// requests to functions in payload format 2.0.
//
// Where AWS's documentation is silent it follows what AWS does: rawPath is
// percent-decoded, rawQueryString is not; the cookie header moves to cookies;
// bodies that are not text arrive in base64.
package gateway
