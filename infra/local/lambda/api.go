package lambda

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// MaxResponse is the largest answer of a function, in bytes: 6 MB and the
// room that Lambda leaves for its envelope.
const MaxResponse = 6<<20 + 100

// drainLimit bounds what is read of an answer that is too large, so that its
// sender gets to read why.
const drainLimit = 256 << 20

// api is the Runtime API of all processes.
func (r *Runtime) api() http.Handler {
	const base = "/{process}/2018-06-01/runtime"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"/invocation/next", r.withInstance(next))
	mux.HandleFunc("POST "+base+"/invocation/{id}/response", r.withInstance(response))
	mux.HandleFunc("POST "+base+"/invocation/{id}/error", r.withInstance(failure))
	mux.HandleFunc("POST "+base+"/init/error", r.withInstance(initError))
	return mux
}

// withInstance finds the process that calls, by its prefix.
func (r *Runtime) withInstance(handle func(*instance, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		i := r.find(req.PathValue("process"))
		if i == nil {
			refuse(w, http.StatusForbidden, "Runtime.Unknown", "No process has this address.")
			return
		}
		handle(i, w, req)
	}
}

// next answers the process with its next invocation, when there is one.
//
// A process that asked before the invocation came may be dead by now without
// our knowing, and what we write to it then is lost. So it is first only told to
// ask again, at once (307): what comes back was alive after the invocation came.
// A process that dies before that costs the invocation nothing: it goes to
// another.
func next(i *instance, w http.ResponseWriter, r *http.Request) {
	call := i.poll()
	if call == nil {
		select {
		case <-i.wake:
			w.Header().Set("Location", r.URL.Path)
			w.WriteHeader(http.StatusTemporaryRedirect)
		case <-r.Context().Done(): // the process has ended, or polls again
		}
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(call.payload)))
	h.Set("Lambda-Runtime-Aws-Request-Id", call.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(call.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", functionARN(i.function.name))
	h.Set("Lambda-Runtime-Trace-Id", newTraceID(call.deadline.Add(-i.function.timeout)))
	_, _ = w.Write(call.payload) // a process that is gone is noticed by its end
}

// response takes the answer of a function, up to MaxResponse.
func response(i *instance, w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, MaxResponse+1))
	if err != nil {
		return // the process ended within its answer; its end is noticed
	}
	if len(payload) > MaxResponse {
		_, _ = io.CopyN(io.Discard, r.Body, drainLimit)
		tooLarge := &FunctionError{"Function.ResponseSizeTooLarge", fmt.Sprintf("The answer has more than %d bytes.", MaxResponse)}
		i.complete(r.PathValue("id"), nil, tooLarge)
		refuse(w, http.StatusRequestEntityTooLarge, tooLarge.Type, tooLarge.Message)
		return
	}
	// A function that streams its answer tells of a late failure in a trailer.
	var failed error
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		failed = &FunctionError{kind, "The function failed while it sent its answer."}
	}
	settle(w, i.complete(r.PathValue("id"), payload, failed))
}

// failure takes the error that a function returned.
func failure(i *instance, w http.ResponseWriter, r *http.Request) {
	settle(w, i.complete(r.PathValue("id"), nil, readError(r)))
}

// initError takes what a process says before it ends without having started.
func initError(i *instance, w http.ResponseWriter, r *http.Request) {
	i.failed(readError(r))
	settle(w, true)
}

// readError understands what it can: the error is reported in any case.
func readError(r *http.Request) *FunctionError {
	told := &FunctionError{Type: "Runtime.Unknown"}
	_ = json.NewDecoder(io.LimitReader(r.Body, MaxResponse)).Decode(told)
	return told
}

func settle(w http.ResponseWriter, accepted bool) {
	if !accepted {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "The process does not have this invocation.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	body, _ := json.Marshal(FunctionError{Type: kind, Message: message}) // strings always encode
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
