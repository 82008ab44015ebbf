// Package routes is the route table of the HTTP API: which function answers
// what, and who may call it. The CDK stack and the local gateway both read it,
// so that neither can drift from the other.
package routes

// Auth says who may call a route.
type Auth int

const (
	// Public routes answer anybody; the license key in the body is the proof.
	Public Auth = iota
	// Support routes answer only whom the gateway's authorizer let in:
	// SigV4 or a JWT in AWS, the support token on the local stack.
	Support
)

// Default is the key of the route that answers whatever no other route matches.
const Default = "$default"

// A Route sends one method and path to one function.
type Route struct {
	// Method is GET, POST or PATCH; empty for Default.
	Method string
	// Path is in API Gateway's form: /v1/activations/{activationId}/reactivate.
	Path string
	// Function names the folder under functions/.
	Function string
	Auth     Auth
}

// Key is the route key as API Gateway writes it: "POST /v1/activations".
func (r Route) Key() string {
	if r.Path == Default {
		return Default
	}
	return r.Method + " " + r.Path
}

// All returns the whole table. Exactly one route is Default.
func All() []Route {
	return []Route{
		{"POST", "/v1/activations", "activate", Public},
		{"POST", "/v1/activations/{activationId}/reactivate", "reactivate", Public},
		{"POST", "/v1/activations/{activationId}/deactivate", "deactivate", Public},

		{"GET", "/v1/keys", "keys", Public},
		{"GET", "/v1/openapi.json", "keys", Public},
		{"GET", "/v1/health", "keys", Public},
		{"", Default, "keys", Public},

		{"POST", "/v1/support/licenses", "support", Support},
		{"GET", "/v1/support/licenses/{licenseId}", "support", Support},
		{"PATCH", "/v1/support/licenses/{licenseId}", "support", Support},
		{"POST", "/v1/support/licenses/{licenseId}/restorations", "support", Support},
		{"POST", "/v1/support/licenses/{licenseId}/keys", "support", Support},
		{"POST", "/v1/support/searches", "support", Support},
	}
}
