package gateway

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/lambda"
	"github.com/cirruslink/chariot-license/infra/routes"
)

// The quotas of an HTTP API.
const (
	maxBody   = 10 << 20
	maxHeader = 10_240
)

// An Invoker runs a function. Its error is lambda.ErrTimeout, ErrThrottled or
// ErrClosed where the function may work later; any other is a failure of it.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Settings say what a Gateway serves.
type Settings struct {
	// Routes is the route table; exactly one is routes.Default.
	Routes []routes.Route
	// Functions holds an Invoker for every function that Routes names.
	Functions map[string]Invoker
	// SupportToken is the bearer token of routes.Support routes; not empty.
	SupportToken string
}

// A Gateway is an http.Handler. Its server should set
// DisableGeneralOptionsHandler, so that OPTIONS * is answered like the rest.
type Gateway struct {
	table     table
	functions map[string]Invoker
	support   tokenDigest
}

// New returns a Gateway, or an error where s is not complete.
func New(s Settings) (*Gateway, error) {
	if s.SupportToken == "" {
		return nil, errors.New("gateway: no support token")
	}
	for _, r := range s.Routes {
		if s.Functions[r.Function] == nil {
			return nil, fmt.Errorf("gateway: route %q names %q, which is no function", r.Key(), r.Function)
		}
	}
	table, err := newTable(s.Routes)
	if err != nil {
		return nil, err
	}
	return &Gateway{table, s.Functions, digest(s.SupportToken)}, nil
}

// ServeHTTP answers r. Every answer carries apigw-requestid.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := exchange{w: w, r: r, id: newRequestID(), at: time.Now()}
	w.Header().Set("Apigw-Requestid", call.id)
	if headerSize(r) > maxHeader {
		call.message(http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	body, ok := call.readBody()
	if !ok {
		return
	}
	match := g.table.find(r.Method, rawPath(r))
	if match.route.Auth == routes.Support && !g.support.admits(r) {
		call.unauthorized()
		return
	}
	payload := encodeEvent(&call, match, body)
	// A client that goes away does not end the invocation, nor does it in AWS.
	answer, err := g.functions[match.route.Function].Invoke(context.WithoutCancel(r.Context()), payload)
	if err != nil {
		call.failed(err)
		return
	}
	call.reply(answer)
}

// An exchange is one request on its way to one answer.
type exchange struct {
	w  http.ResponseWriter
	r  *http.Request
	id string
	at time.Time
}

// failed answers for a function that did not.
func (x *exchange) failed(err error) {
	if errors.Is(err, lambda.ErrTimeout) || errors.Is(err, lambda.ErrThrottled) || errors.Is(err, lambda.ErrClosed) {
		x.w.Header().Set("Retry-After", "1")
		x.message(http.StatusServiceUnavailable, "Service Unavailable")
		return
	}
	x.message(http.StatusInternalServerError, "Internal Server Error")
}

// newRequestID looks like the ones of API Gateway: 15 characters and "=".
func newRequestID() string {
	b := make([]byte, 11)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.URLEncoding.EncodeToString(b)
}
