package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/cirruslink/chariot-license/shared/license"
	"github.com/cirruslink/chariot-license/shared/support"
)

type issueBody struct {
	Deployment   string        `json:"deployment"`
	Seats        int           `json:"seats"`
	Features     []featureBody `json:"features"`
	ContactEmail string        `json:"contactEmail"`
	Expires      *time.Time    `json:"expires"`
	Reference    string        `json:"reference"`
	Note         string        `json:"note"`
	// Send asks for the mail with the license file; mails come with the mailer.
	Send        *bool  `json:"send"`
	Enforce     string `json:"enforce"`
	GraceDays   int    `json:"graceDays"`
	ContactDays int    `json:"contactDays"`
}

type featureBody struct {
	Name  string     `json:"name"`
	Until *time.Time `json:"until"`
}

type amendBody struct {
	Revision       *int64         `json:"revision"`
	Seats          *int           `json:"seats"`
	Expires        jsontext.Value `json:"expires"`
	State          string         `json:"state"`
	AddFeatures    []featureBody  `json:"addFeatures"`
	RemoveFeatures []string       `json:"removeFeatures"`
	ContactEmail   string         `json:"contactEmail"`
	Reason         string         `json:"reason"`
}

type restoreBody struct {
	ActivationID string `json:"activationId"`
	Fingerprint  string `json:"fingerprint"`
	Reason       string `json:"reason"`
}

type replaceKeyBody struct {
	Reason string `json:"reason"`
	// Send asks for the mail with the license file; mails come with the mailer.
	Send *bool `json:"send"`
}

type searchBody struct {
	Query  string `json:"query"`
	Cursor string `json:"cursor"`
}

// Support are the routes of function support.
func Support(use *support.Service) Routes {
	return Routes{
		"POST /v1/support/licenses":                          signedIn(StrictJSON(issue(use))),
		"GET /v1/support/licenses/{licenseId}":               signedIn(show(use)),
		"PATCH /v1/support/licenses/{licenseId}":             signedIn(StrictJSON(amend(use))),
		"POST /v1/support/licenses/{licenseId}/restorations": signedIn(StrictJSON(restore(use))),
		"POST /v1/support/licenses/{licenseId}/keys":         signedIn(StrictJSON(replaceKey(use))),
		"POST /v1/support/searches":                          signedIn(StrictJSON(search(use))),
	}
}

func issue(use *support.Service) func(context.Context, *Request, *issueBody) (*Reply, error) {
	return func(ctx context.Context, r *Request, in *issueBody) (*Reply, error) {
		var f fields
		call := f.call(r)
		request := f.issue(in)
		if f.err != nil {
			return nil, f.err
		}
		issued, err := use.Issue(ctx, call, request)
		if err != nil {
			return nil, err
		}
		return issuedReply(issued), nil
	}
}

func show(use *support.Service) Endpoint {
	return func(ctx context.Context, r *Request) (*Reply, error) {
		id, err := licenseID(r)
		if err != nil {
			return nil, err
		}
		var f fields
		activations := f.cursor("activationsCursor", r.QueryStringParameters)
		events := f.cursor("eventsCursor", r.QueryStringParameters)
		if f.err != nil {
			return nil, f.err
		}
		view, err := use.Show(ctx, id, activations, events)
		if err != nil {
			return nil, err
		}
		return &Reply{http.StatusOK, viewOf(view)}, nil
	}
}

func amend(use *support.Service) func(context.Context, *Request, *amendBody) (*Reply, error) {
	return func(ctx context.Context, r *Request, in *amendBody) (*Reply, error) {
		var f fields
		call := f.call(r)
		amendment := f.amendment(in)
		id, err := licenseID(r)
		if f.err != nil {
			return nil, f.err
		}
		if err != nil {
			return nil, err
		}
		record, err := use.Change(ctx, call, id, amendment)
		if err != nil {
			return nil, err
		}
		return &Reply{http.StatusOK, map[string]recordBody{"license": recordOf(record)}}, nil
	}
}

func restore(use *support.Service) func(context.Context, *Request, *restoreBody) (*Reply, error) {
	return func(ctx context.Context, r *Request, in *restoreBody) (*Reply, error) {
		var f fields
		call := f.call(r)
		restoration := support.Restoration{
			Fingerprint: f.fingerprint(in.Fingerprint),
			Reason:      f.text("/reason", in.Reason, 500, true),
		}
		f.text("/activationId", in.ActivationID, 100, true)
		id, err := licenseID(r)
		if f.err != nil {
			return nil, f.err
		}
		if err != nil {
			return nil, err
		}
		if parsed, err := license.ParseActivationID(in.ActivationID); err == nil {
			restoration.ID = parsed // else none that a machine has: the license is looked up first
		}
		restored, err := use.Restore(ctx, call, id, restoration)
		if err != nil {
			return nil, err
		}
		return &Reply{http.StatusOK, restoredBody{licenseOf(&restored.License), activationOf(&restored.Activation)}}, nil
	}
}

func replaceKey(use *support.Service) func(context.Context, *Request, *replaceKeyBody) (*Reply, error) {
	return func(ctx context.Context, r *Request, in *replaceKeyBody) (*Reply, error) {
		var f fields
		call := f.call(r)
		reason := f.text("/reason", in.Reason, 500, true)
		id, err := licenseID(r)
		if f.err != nil {
			return nil, f.err
		}
		if err != nil {
			return nil, err
		}
		issued, err := use.ReplaceKey(ctx, call, id, reason)
		if err != nil {
			return nil, err
		}
		return issuedReply(issued), nil
	}
}

func search(use *support.Service) func(context.Context, *Request, *searchBody) (*Reply, error) {
	return func(ctx context.Context, _ *Request, in *searchBody) (*Reply, error) {
		var f fields
		if f.note("/query", in.Query, 8000); strings.TrimSpace(in.Query) == "" {
			f.refuse("/query", "It is missing.")
		}
		f.text("/cursor", in.Cursor, 100, false)
		if f.err != nil {
			return nil, f.err
		}
		records, next, err := use.Search(ctx, in.Query, in.Cursor)
		if err != nil {
			return nil, err
		}
		found := foundBody{Licenses: make([]recordBody, len(records)), Cursor: next}
		for i := range records {
			found.Licenses[i] = recordOf(&records[i])
		}
		return &Reply{http.StatusOK, found}, nil
	}
}

// signedIn lets pass only whom the gateway's authorizer has named. The gateway
// lets nobody else through; this is the second lock.
func signedIn(next Endpoint) Endpoint {
	return func(ctx context.Context, r *Request) (*Reply, error) {
		if actor(r) == "" {
			return nil, errUnauthorized
		}
		return next(ctx, r)
	}
}

// actor is who calls: the e-mail or subject of a JWT, or an IAM identity.
func actor(r *Request) string {
	authorizer := r.RequestContext.Authorizer
	switch {
	case authorizer == nil:
		return ""
	case authorizer.JWT != nil && authorizer.JWT.Claims["email"] != "":
		return authorizer.JWT.Claims["email"]
	case authorizer.JWT != nil:
		return authorizer.JWT.Claims["sub"]
	case authorizer.IAM != nil:
		return authorizer.IAM.UserARN
	}
	return ""
}

// call names the request, so that its repetition is recognized.
func (f *fields) call(r *Request) support.Call {
	key := r.Headers["idempotency-key"]
	if key == "" || utf8.RuneCountInString(key) > 255 {
		f.refuse("", "Send a header Idempotency-Key of 1 to 255 characters, a new one for each new request.")
	}
	http := r.RequestContext.HTTP
	return support.Call{
		Key: key, Actor: actor(r),
		Body: sha256.Sum256([]byte(http.Method + " " + r.RawPath + "\n" + r.Body)),
	}
}

// cursor reads a query parameter that an earlier answer gave.
func (f *fields) cursor(name string, query map[string]string) string {
	if utf8.RuneCountInString(query[name]) > 100 {
		f.refuse("", "The query parameter %s is none that an answer of ours gave.", name)
	}
	return query[name]
}

// licenseID reads the ID in the path; one that is none names no license.
func licenseID(r *Request) (license.ID, error) {
	id, err := license.ParseID(r.PathParameters["licenseId"])
	if err != nil {
		return "", license.ErrNotFound
	}
	return id, nil
}
