package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// errNoReply means that the function's answer is none that API Gateway takes.
var errNoReply = errors.New("gateway: the function's answer is not in format 2.0")

// reply sends what the function answered.
func (x *exchange) reply(answer []byte) {
	response, err := parseReply(answer)
	if err != nil {
		x.failed(err)
		return
	}
	body := []byte(response.Body)
	if response.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(response.Body); err != nil {
			x.failed(err)
			return
		}
	}
	x.send(response, body)
}

func (x *exchange) send(response events.APIGatewayV2HTTPResponse, body []byte) {
	h := x.w.Header()
	for name, value := range response.Headers {
		if !ours(name) {
			h.Set(name, value)
		}
	}
	for _, cookie := range response.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	if bodiless(response.StatusCode) {
		x.w.WriteHeader(response.StatusCode)
		return
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(response.StatusCode)
	_, _ = x.w.Write(body) // a client that is gone is nobody to tell
}

// ours reports whether a header is the gateway's to set.
func ours(name string) bool {
	switch strings.ToLower(name) {
	case "apigw-requestid", "connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade":
		return true
	}
	return false
}

func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

// parseReply reads an answer in format 2.0. Valid JSON without a status code is
// the body of a 200 in JSON: a string as its text, the rest as it is.
func parseReply(answer []byte) (events.APIGatewayV2HTTPResponse, error) {
	var probe struct {
		StatusCode *json.RawMessage `json:"statusCode"`
	}
	err := json.Unmarshal(answer, &probe)
	var notObject *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &notObject) {
		return events.APIGatewayV2HTTPResponse{}, errNoReply
	}
	if probe.StatusCode == nil {
		return shorthand(answer), nil
	}
	var response events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		return response, errNoReply
	}
	if response.StatusCode < 200 || response.StatusCode > 599 {
		return response, errNoReply
	}
	return response, nil
}

func shorthand(answer []byte) events.APIGatewayV2HTTPResponse {
	response := events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusOK,
		Headers:    map[string]string{"content-type": "application/json"},
	}
	if json.Unmarshal(answer, &response.Body) != nil || bytes.Equal(bytes.TrimSpace(answer), []byte("null")) {
		response.Body = string(answer)
	}
	return response
}

// message is an answer of the gateway itself, in API Gateway's form.
func (x *exchange) message(status int, text string) {
	x.encode(status, "application/json", map[string]string{"message": text})
}

func (x *exchange) encode(status int, contentType string, v any) {
	body, _ := json.Marshal(v) // strings and numbers always encode
	x.w.Header().Set("Content-Type", contentType)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body)
}
