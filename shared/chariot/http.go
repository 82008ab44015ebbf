package chariot

import (
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// maxAnswer is far above what the license server answers.
const maxAnswer = 256 << 10

// A request is sent until it is answered, the same each time.
type request struct {
	method, path string
	body         []byte
	// key is in body: it must not come back out in an error.
	key license.Key
}

// post sends a body and decodes the good answer into out.
func (c *call) post(ctx context.Context, path string, key license.Key, body, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.exchange(ctx, request{http.MethodPost, path, text, key}, out)
}

func (c *call) get(ctx context.Context, path string, out any) error {
	return c.exchange(ctx, request{method: http.MethodGet, path: path}, out)
}

// exchange tries a request until there is an answer, or no patience left.
func (c *call) exchange(ctx context.Context, r request, out any) error {
	for try := 0; ; try++ {
		after, err := c.try(ctx, r, out)
		if err == nil || ctx.Err() != nil || !mayRepeat(err) {
			return err
		}
		wait := after + backoff(try)
		if c.spent()+wait >= c.settings.Patience {
			return err
		}
		if c.settings.OnWait != nil {
			c.settings.OnWait(err, wait)
		}
		if c.sleep(ctx, wait) != nil {
			return err
		}
		c.waited += wait
	}
}

// spent is how much of the call's patience is gone, whatever the clock does.
func (c *call) spent() time.Duration { return max(c.waited, c.settings.Now().Sub(c.start)) }

// try sends a request once. after is how long the server asks us to wait.
func (c *call) try(ctx context.Context, r request, out any) (after time.Duration, err error) {
	header, err := c.send(ctx, r, out)
	return retryAfter(header, c.settings.Now()), err
}

// send sends a request once. There is a header wherever there is an answer.
func (c *call) send(ctx context.Context, r request, out any) (http.Header, error) {
	unreachable := func(err error) error {
		return &UnreachableError{Server: c.server, Proxy: c.settings.proxyName(), Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	q, err := newRequest(ctx, r.method, c.server+r.path, r.body)
	if err != nil {
		return nil, unreachable(err)
	}
	response, err := c.client.Do(q)
	if err != nil {
		return nil, unreachable(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case response.StatusCode == http.StatusProxyAuthRequired:
		return nil, unreachable(proxyRefusal(response)) // of a proxy for plain http
	case len(body) > maxAnswer:
		return response.Header, &AnswerError{Server: c.server, Status: response.StatusCode, What: "it is far too long"}
	}
	return response.Header, c.decode(response, body, r.key, out)
}

// decode reads an answer: a good one into out, all others into an error.
func (c *call) decode(response *http.Response, body []byte, key license.Key, out any) error {
	status := response.StatusCode
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if mediaType == "application/problem+json" {
		if problem := readProblem(status, body, key); problem != nil {
			return problem
		}
	}
	wrong := func(what string) error { return &AnswerError{Server: c.server, Status: status, What: what} }
	switch {
	case status >= 300 && status < 400:
		return wrong("it leads elsewhere" + place(response.Header.Get("Location")) + ", and a license key does not follow")
	case status < 200 || status > 299:
		return wrong("it is not one that a license server gives")
	case mediaType != "application/json" || json.Unmarshal(body, out) != nil:
		return wrong("it is not the JSON of a license server")
	}
	return nil
}

// place names where a redirect leads, without what else an address may hold.
func place(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return ""
	}
	return ", to " + printable(u.Scheme+"://"+u.Host, 200)
}

// retryAfter reads the header of that name, in seconds or as a date.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
