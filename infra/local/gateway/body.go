package gateway

import (
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	// bodyTime is how long a body may take to arrive.
	bodyTime = 30 * time.Second
	// A body that is too large is still read for a while, to nowhere: a client
	// that is sending would otherwise lose the answer with the connection.
	drainTime  = 10 * time.Second
	drainBytes = 1 << 30
)

// headerSize counts what API Gateway bounds: the request line and the headers.
func headerSize(r *http.Request) int {
	size := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("host") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// readBody reads the body whole. Where it cannot, it answers and returns false.
func (x *exchange) readBody() ([]byte, bool) {
	control := http.NewResponseController(x.w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime)) // fails only in tests without a connection
	if x.r.ContentLength > maxBody {
		x.tooLarge(control)
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(x.r.Body, maxBody+1))
	switch {
	case err != nil:
		x.w.Header().Set("Connection", "close")
		x.message(http.StatusBadRequest, "Bad Request")
		return nil, false
	case len(body) > maxBody:
		x.tooLarge(control)
		return nil, false
	}
	_ = control.SetReadDeadline(time.Time{})
	return body, true
}

// tooLarge answers at once and then lets the client finish what it is sending.
func (x *exchange) tooLarge(control *http.ResponseController) {
	_ = control.EnableFullDuplex() // else the server itself stops reading on the first write
	x.w.Header().Set("Connection", "close")
	x.message(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	if errors.Is(control.Flush(), http.ErrNotSupported) {
		return // no connection, no client that could be waiting
	}
	if x.r.Header.Get("Expect") != "" {
		return // it waits for our leave to send: reading would give it
	}
	_ = control.SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, x.r.Body, drainBytes)
}
