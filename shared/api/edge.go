// Package api is the HTTP edge: it decodes requests, calls a use case, and
// encodes its answer or its error. Every status code of the system is set here.
package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-json-experiment/json"
)

// maxBody is the largest body that a machine or support may send.
const maxBody = 16 << 10

// A Request is what the gateway hands to a function.
type Request = events.APIGatewayV2HTTPRequest

// A Reply is a good answer. Body is encoded as JSON, unless it is raw JSON.
type Reply struct {
	Status int
	Body   any
}

// rawJSON is a body that is JSON already.
type rawJSON []byte

// An Endpoint answers one route.
type Endpoint func(ctx context.Context, r *Request) (*Reply, error)

// Routes maps the gateway's route keys to endpoints.
type Routes map[string]Endpoint

// Serve returns the Lambda handler of a function. It never fails, and no panic
// leaves it: whatever goes wrong is logged, and answered as a problem.
func Serve(log *slog.Logger, routes Routes) func(context.Context, Request) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, r Request) (events.APIGatewayV2HTTPResponse, error) {
		start := time.Now()
		reply, err := call(ctx, routes, &r)
		response, code, err := encode(reply, err, r.RequestContext.RequestID)
		record(ctx, log, &r, response.StatusCode, code, time.Since(start), err)
		return response, nil
	}
}

func call(ctx context.Context, routes Routes, r *Request) (reply *Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	endpoint, ok := routes[r.RouteKey]
	if !ok {
		return nil, errRouteNotFound
	}
	return endpoint(ctx, r)
}

// record logs a request: which route, how it ended, never what was in it. The
// log alone gets the whole error.
func record(ctx context.Context, log *slog.Logger, r *Request, status int, code string, took time.Duration, err error) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("requestId", r.RequestContext.RequestID), slog.String("route", r.RouteKey),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if code != "" {
		attributes = append(attributes, slog.String("problem", code))
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
		attributes = append(attributes, slog.Any("error", err))
	}
	log.LogAttrs(ctx, level, "request", attributes...)
}

// encode writes a reply, or the problem that an error is. It returns the error,
// its own where the reply cannot be written.
func encode(reply *Reply, err error, requestID string) (response events.APIGatewayV2HTTPResponse, code string, cause error) {
	headers := map[string]string{"cache-control": "no-store", "x-content-type-options": "nosniff"}
	status, contentType, body := 0, "application/json", []byte(nil)
	if err == nil && reply == nil {
		err = errNoReply
	}
	if err == nil {
		if raw, ok := reply.Body.(rawJSON); ok {
			status, body = reply.Status, raw
		} else if body, err = json.Marshal(reply.Body); err == nil {
			status = reply.Status
		}
	}
	if err != nil {
		problem := problemFor(err)
		problem.RequestID = requestID
		status, code, contentType = problem.Status, problem.code(), "application/problem+json"
		if problem.retryAfter > 0 {
			headers["retry-after"] = fmt.Sprint(int(problem.retryAfter.Seconds()))
		}
		if problem.allow != "" {
			headers["allow"] = problem.allow
		}
		body, _ = json.Marshal(problem) // plain strings and numbers
	}
	headers["content-type"] = contentType
	return events.APIGatewayV2HTTPResponse{StatusCode: status, Headers: headers, Body: string(body)}, code, err
}

// JSON is the endpoint of a route that takes a JSON object. Members that In does
// not have are ignored, so that newer machines may say more than we read.
func JSON[In any](serve func(context.Context, *Request, *In) (*Reply, error)) Endpoint {
	return decoding(false, serve)
}

// StrictJSON is JSON for support: a member that In does not have is refused, so
// that a slip of the pen is no silent omission.
func StrictJSON[In any](serve func(context.Context, *Request, *In) (*Reply, error)) Endpoint {
	return decoding(true, serve)
}

func decoding[In any](strict bool, serve func(context.Context, *Request, *In) (*Reply, error)) Endpoint {
	return func(ctx context.Context, r *Request) (*Reply, error) {
		body, err := bodyOf(r)
		if err != nil {
			return nil, err
		}
		in := new(In)
		if err := decode(body, in, strict); err != nil {
			return nil, err
		}
		return serve(ctx, r, in)
	}
}

var (
	errTooLarge      = errors.New("body too large")
	errMediaType     = errors.New("body is not JSON")
	errRouteNotFound = errors.New("route not found")
	errUnauthorized  = errors.New("no identity")
	errNoReply       = errors.New("endpoint gave neither reply nor error")
)

// bodyOf returns the JSON body of a request.
func bodyOf(r *Request) ([]byte, error) {
	mediaType, _, _ := strings.Cut(r.Headers["content-type"], ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return nil, errMediaType
	}
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		if base64.StdEncoding.DecodedLen(len(body)) > maxBody+2 {
			return nil, errTooLarge
		}
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return nil, &FieldError{Detail: "The body is not the base64 that it is said to be."}
		}
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, nil
}
