package gateway

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/cirruslink/chariot-license/infra/routes"
)

// event is the events package's request but for one member: it would write an
// empty client certificate, which API Gateway leaves out without mutual TLS.
type event struct {
	events.APIGatewayV2HTTPRequest
	RequestContext requestContext `json:"requestContext"`
}

type requestContext struct {
	events.APIGatewayV2HTTPRequestContext
	Authentication *struct{} `json:"authentication,omitempty"`
}

// encodeEvent is the request in payload format 2.0.
func encodeEvent(x *exchange, m match, body []byte) []byte {
	var e event
	e.Version = "2.0"
	e.RouteKey = m.route.Key()
	e.RawPath = decode(rawPath(x.r))
	e.RawQueryString = x.r.URL.RawQuery
	e.Cookies = cookies(x.r.Header)
	e.Headers = headers(x, len(body))
	e.QueryStringParameters = query(x.r.URL.RawQuery)
	e.PathParameters = m.parameters
	e.RequestContext.APIGatewayV2HTTPRequestContext = contextOf(x, m, e.RawPath)
	if isText(x.r.Header, body) {
		e.Body = string(body)
	} else {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	payload, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("gateway: strings and numbers do not encode: %v", err)) // cannot happen
	}
	return payload
}

func contextOf(x *exchange, m match, path string) events.APIGatewayV2HTTPRequestContext {
	return events.APIGatewayV2HTTPRequestContext{
		RouteKey:     m.route.Key(),
		AccountID:    "000000000000",
		Stage:        "$default",
		RequestID:    x.id,
		Authorizer:   authorizer(m.route),
		APIID:        "local",
		DomainName:   "localhost", // never from the Host header, which the caller writes
		DomainPrefix: "localhost",
		Time:         x.at.UTC().Format("02/Jan/2006:15:04:05 -0700"),
		TimeEpoch:    x.at.UnixMilli(),
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
			Method:    x.r.Method,
			Path:      path,
			Protocol:  x.r.Proto,
			SourceIP:  sourceIP(x.r),
			UserAgent: x.r.UserAgent(),
		},
	}
}

// authorizer is what a JWT authorizer would say of a caller that was let in.
func authorizer(r routes.Route) *events.APIGatewayV2HTTPRequestContextAuthorizerDescription {
	if r.Auth != routes.Support {
		return nil
	}
	return &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
			Claims: map[string]string{"sub": "local-support", "email": "support@localhost"},
			Scopes: []string{"license"},
		},
	}
}

// sourceIP is the address of the connection. Headers that name another are the
// caller's invention.
func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// headers are in lower case, duplicates joined with a comma. Those that belong
// to the connection stay here; those that API Gateway adds are added.
func headers(x *exchange, bodySize int) map[string]string {
	all := make(map[string]string, len(x.r.Header)+6)
	for name, values := range x.r.Header {
		all[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, name := range []string{"connection", "cookie", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"} {
		delete(all, name)
	}
	all["host"] = x.r.Host
	all["content-length"] = strconv.Itoa(bodySize)
	all["x-forwarded-proto"] = "http"
	all["x-forwarded-port"] = localPort(x.r)
	if before := all["x-forwarded-for"]; before != "" {
		all["x-forwarded-for"] = before + ", " + sourceIP(x.r)
	} else {
		all["x-forwarded-for"] = sourceIP(x.r)
	}
	return all
}

func localPort(r *http.Request) string {
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return strconv.Itoa(addr.Port)
	}
	return "80"
}

func cookies(h http.Header) []string {
	var all []string
	for _, line := range h.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				all = append(all, cookie)
			}
		}
	}
	return all
}

// query decodes the query and joins the values of one name with a comma. What
// is not well encoded stays as it is.
func query(raw string) map[string]string {
	var all map[string]string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = decodeQuery(name), decodeQuery(value)
		if all == nil {
			all = make(map[string]string)
		}
		if before, found := all[name]; found {
			value = before + "," + value
		}
		all[name] = value
	}
	return all
}

func decodeQuery(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// isText reports whether API Gateway hands the body on as it is: text, JSON,
// XML and JavaScript, unless compressed. Forms and bodies without a type go in
// base64, and so must whatever is not UTF-8, since JSON cannot carry it.
func isText(h http.Header, body []byte) bool {
	if len(body) == 0 {
		return true
	}
	if h.Get("Content-Encoding") != "" || !utf8.Valid(body) {
		return false
	}
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	switch kind {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+json") || strings.HasSuffix(kind, "+xml")
}
