package lambda

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

// newSecret is what a process cannot guess of another: 128 random bits.
func newSecret() string { return hex.EncodeToString(random(16)) }

// newUUID is a random UUID (RFC 9562, version 4), as Lambda's request IDs are.
func newUUID() string {
	b := random(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newTraceID is an X-Ray trace header of a trace that nobody records.
func newTraceID(start time.Time) string {
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", start.Unix(), random(12), random(8))
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}
