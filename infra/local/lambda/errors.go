package lambda

import (
	"errors"
	"fmt"
)

var (
	// ErrTimeout means that a process had the invocation and did not answer in
	// time. The process was killed; what it did before is unknown.
	ErrTimeout = errors.New("lambda: the function did not answer in time")
	// ErrThrottled means that no process became free in time. Nothing ran:
	// the caller may try again.
	ErrThrottled = errors.New("lambda: no process became free in time")
	// ErrCrashed means that the process had the invocation and ended without
	// an answer, or that no process would start. What it did is unknown.
	ErrCrashed = errors.New("lambda: the process ended without an answer")
	// ErrClosed means that the Runtime was closed before there was an answer.
	ErrClosed = errors.New("lambda: the runtime is closed")
)

// A FunctionError is what the function itself reported instead of an answer.
type FunctionError struct {
	// Type is the function's name for the error, such as "errorString"; those
	// that start with "Runtime." or "Function." are about the protocol.
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error says what the function said; it is for logs, not for customers.
func (e *FunctionError) Error() string {
	return fmt.Sprintf("lambda: the function failed: %s: %s", e.Type, e.Message)
}
