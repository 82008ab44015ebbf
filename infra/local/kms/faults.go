package kms

import "fmt"

// A fault is an error as the protocol carries it; the SDK makes its typed
// errors of it.
type fault struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (f *fault) Error() string { return f.Type + ": " + f.Message }

func notFound(what string) error {
	return &fault{"NotFoundException", fmt.Sprintf("%s is not found.", what)}
}

func alreadyExists(what string) error {
	return &fault{"AlreadyExistsException", fmt.Sprintf("%s already exists.", what)}
}

func disabled(k *key) error {
	return &fault{"DisabledException", k.arn() + " is disabled."}
}

func invalid(format string, args ...any) error {
	return &fault{"ValidationException", fmt.Sprintf(format, args...)}
}

func wrongUsage(format string, args ...any) error {
	return &fault{"InvalidKeyUsageException", fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &fault{"UnsupportedOperationException", fmt.Sprintf(format, args...)}
}

// invalidCiphertext says nothing: neither does KMS, lest it help to guess.
func invalidCiphertext() error { return &fault{Type: "InvalidCiphertextException"} }

func incorrectKey() error {
	return &fault{"IncorrectKeyException", "The key ID in the request does not identify the key that encrypted this."}
}

func invalidSignature() error { return &fault{Type: "KMSInvalidSignatureException"} }
