package licensetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// A Fault is what goes wrong with one HTTP request to AWS.
type Fault int

const (
	// None lets the request through.
	None Fault = iota
	// Refused: the connection breaks before the request is sent.
	Refused
	// Lost: the request is carried out, and its answer never arrives.
	Lost
	// Throttled: the service says no, for now.
	Throttled
	// Conflict: the transaction is canceled because another overlaps it.
	Conflict
	// Broken: the service answers 500 and has done nothing.
	Broken
	// BrokenAfter: the service answers 500 and has done it all the same.
	BrokenAfter
	// Late: the caller's connection breaks, and the request is carried out all the
	// same once Land is called.
	Late
)

// Faults are all that can go wrong, by name.
func Faults() map[string]Fault {
	return map[string]Fault{
		"refused": Refused, "applied, answer lost": Lost, "throttled": Throttled, "conflict": Conflict,
		"500": Broken, "500 after applying": BrokenAfter, "late": Late,
	}
}

var errConnection = errors.New("connection reset by the test")

// An Injector spoils requests on their way to AWS, below the SDK's retries:
// those are part of what is tested. It is safe for concurrent use.
type Injector struct {
	// Plan decides on the n-th request, counted from 0, by its operation such as
	// TransactWriteItems. Nil lets all through.
	Plan func(n int, operation string) Fault

	mu   sync.Mutex
	n    int
	late []func()
}

// Into puts the injector into a client's options.
func (i *Injector) Into(o *dynamodb.Options) {
	o.HTTPClient = doer(func(r *http.Request) (*http.Response, error) { return i.do(r) })
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// Requests is how many there were, spoiled ones included.
func (i *Injector) Requests() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.n
}

// Land carries out the requests that were late, in their order.
func (i *Injector) Land() {
	i.mu.Lock()
	late := i.late
	i.late = nil
	i.mu.Unlock()
	for _, send := range late {
		send()
	}
}

func (i *Injector) do(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	i.mu.Lock()
	n := i.n
	i.n++
	i.mu.Unlock()
	fault := None
	if i.Plan != nil {
		fault = i.Plan(n, operation)
	}
	switch fault {
	case Refused:
		return nil, errConnection
	case Throttled:
		return answer(http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}`), nil
	case Broken:
		return answer(http.StatusInternalServerError, `{"__type":"InternalServerError","message":"test"}`), nil
	case Conflict:
		return answer(http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",`+
			`"message":"test","CancellationReasons":[{"Code":"TransactionConflict","Message":"test"},{"Code":"None"},{"Code":"None"}]}`), nil
	case Late:
		return nil, i.postpone(r)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil || fault == None {
		return response, err
	}
	response.Body.Close()
	if fault == BrokenAfter {
		return answer(http.StatusInternalServerError, `{"__type":"InternalServerError","message":"test"}`), nil
	}
	return nil, errConnection
}

// postpone keeps a request for Land.
func (i *Injector) postpone(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	again := r.Clone(context.WithoutCancel(r.Context()))
	again.Body = io.NopCloser(bytes.NewReader(body))
	i.mu.Lock()
	defer i.mu.Unlock()
	i.late = append(i.late, func() {
		if response, err := http.DefaultClient.Do(again); err == nil {
			response.Body.Close()
		}
	})
	return errConnection
}

func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body:   io.NopCloser(strings.NewReader(body)),
	}
}
