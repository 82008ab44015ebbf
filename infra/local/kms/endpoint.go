package kms

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
)

// maxRequest bounds a request body; the largest that means something is a
// Verify of 4,096 bytes in base64.
const maxRequest = 1 << 20

// An Endpoint is an http.Handler that speaks the KMS protocol. What an answer
// says was changed is on disk before the answer is sent.
type Endpoint struct {
	store      *store
	operations map[string]operation
}

// Open returns an Endpoint whose keys are in the file at path. The file is made
// with the first key; its directory must exist, and only one Endpoint may use it.
func Open(path string) (*Endpoint, error) {
	s, err := openStore(path)
	if err != nil {
		return nil, err
	}
	return &Endpoint{s, map[string]operation{
		"CreateAlias":  serve(s.createAlias),
		"CreateKey":    serve(s.createKey),
		"Decrypt":      serve(s.decrypt),
		"DescribeKey":  serve(s.describeKey),
		"DisableKey":   serve(s.disableKey),
		"EnableKey":    serve(s.enableKey),
		"Encrypt":      serve(s.encrypt),
		"GetPublicKey": serve(s.getPublicKey),
		"ListAliases":  serve(s.listAliases),
		"Sign":         serve(s.sign),
		"UpdateAlias":  serve(s.updateAlias),
		"Verify":       serve(s.verify),
	}}, nil
}

// An operation answers the JSON of one request, with JSON or a *fault.
type operation func(body []byte) (any, error)

// serve makes an operation of a typed function.
func serve[In, Out any](do func(In) (Out, error)) operation {
	return func(body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, &fault{"SerializationException", "The request is not well formed: " + err.Error()}
		}
		return do(in)
	}
}

// ServeHTTP answers one call of the KMS API.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := e.call(r)
	status := http.StatusOK
	if err != nil {
		var told *fault
		status = http.StatusBadRequest
		if !errors.As(err, &told) {
			log.Printf("local KMS: %v", err)
			status, told = http.StatusInternalServerError, &fault{"KMSInternalException", "The local KMS endpoint failed: " + err.Error()}
		}
		out = told
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(fmt.Sprintf("kms: answers are strings, numbers and bytes: %v", err)) // cannot happen
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", newUUID())
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (e *Endpoint) call(r *http.Request) (any, error) {
	name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "TrentService.")
	if !ok || r.Method != http.MethodPost {
		return nil, &fault{"UnknownOperationException", "This endpoint answers POST with X-Amz-Target: TrentService.<operation>."}
	}
	do := e.operations[name]
	if do == nil {
		return nil, unsupported("The local KMS endpoint does not have the operation %s.", name)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if err != nil {
		return nil, &fault{"SerializationException", "The request could not be read: " + err.Error()}
	}
	return do(body)
}

// nothing is the answer of operations that have none.
type nothing struct{}

// newUUID is a random UUID (RFC 9562, version 4), as key IDs are.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
