package chariot

import "maps"

// The codes that this client acts on.
const (
	licenseNotFound    = "license-not-found"
	activationNotFound = "activation-not-found"
	activationReleased = "activation-released"
	requestSuperseded  = "request-superseded"
	seatsTaken         = "seats-taken"
)

// sentences is never changed.
var sentences = map[string]string{
	licenseNotFound:     "The license server does not know this license key. Compare it with your license file, or paste the whole file; if Cirrus Link has sent you a newer file, activate with that one.",
	"license-revoked":   "This license was revoked, for good. Contact Cirrus Link Support and give the license ID.",
	"license-suspended": "This license is suspended. Contact Cirrus Link Support to have it reinstated, then try again.",
	"license-expired":   "This license has ended. Renew it, then try again.",
	"wrong-deployment":  "This license is not made for online activation. Choose the way that the license file names under Activation, or ask Cirrus Link Support for another license.",

	"offline-activation": "This license is activated offline. Generate a new activation request on this machine: its activation code brings the updates.",
	activationNotFound:   "The license server no longer has this machine's activation. Activate the license again.",
	activationReleased:   "Support has given this machine's seat back. If it still needs one, check that its clock is right, and activate again.",
	requestSuperseded:    "The license server has seen a newer request of this machine. If it still needs a seat, check that its clock is right, and activate again.",
	seatsTaken:           "All seats of this license ({seats}) are taken. Deactivate a machine that no longer needs one, or ask Cirrus Link Support to restore the seat of one that is gone.",

	"identity-not-accepted":     "The cloud's proof of this machine's identity was not accepted. Check that Chariot was deployed from the marketplace's image, then contact Cirrus Link Support.",
	"instance-already-enrolled": "This instance is licensed already, under another installation. Contact Cirrus Link Support.",
	"feature-already-licensed":  "This license has that feature already. Reactivate to see it.",
	"order-not-found":           "The license server has no such order, or it is not paid yet. Wait a minute, then try again.",
	"malformed-code":            "The code is damaged. Copy it again, whole, from its first character to its last.",

	"malformed-request":      "The license server does not understand this version of Chariot. Update Chariot; if that does not help, give Cirrus Link Support the request ID {requestId}.",
	"malformed-fingerprint":  "The license server does not understand how this version of Chariot names the machine. Update Chariot; if that does not help, give Cirrus Link Support the request ID {requestId}.",
	"unsupported-media-type": "The license server does not understand this version of Chariot, or a proxy changes what it sends. Check the proxy, then update Chariot.",
	"payload-too-large":      "What this machine sends is too long for the license server. Update Chariot, then try again.",
	"route-not-found":        "The license server does not have what this version of Chariot asks for. Check the server's URL, then update Chariot.",
	"method-not-allowed":     "The license server does not have what this version of Chariot asks for. Check the server's URL, then update Chariot.",

	"rate-limited": "Too many unknown license keys came from your network. Compare the key with the license file, and try again in a minute.",
	"unavailable":  "The license server is busy for a moment. Nothing is lost: try again in a few minutes.",
	"internal":     "The license server has failed. Nothing is lost: try again later; if it stays, give Cirrus Link Support the request ID {requestId}.",

	"not-activated":        "This machine is not activated. Activate a license first.",
	"other-license":        "This machine is activated with another license. Deactivate it first, then activate the new one.",
	"activation-pending":   "An activation of this machine has not been answered yet. Activate again with the same license to finish it, or deactivate to give it up.",
	"deactivation-pending": "A deactivation of this machine has not been answered yet. Deactivate again to finish it, or activate to keep a seat.",
}

// Sentences returns, for each problem code that a machine can meet and each code
// of a Refusal, what the person in front of it should read. {seats} and
// {requestId} stand for members of the problem.
func Sentences() map[string]string { return maps.Clone(sentences) }

// A Refusal is what this machine refuses by itself, without asking the server.
type Refusal struct{ Code string }

func (r *Refusal) Error() string { return sentences[r.Code] }

// The refusals.
var (
	// ErrNotActivated: activate first.
	ErrNotActivated error = &Refusal{"not-activated"}
	// ErrOtherLicense: deactivate first.
	ErrOtherLicense error = &Refusal{"other-license"}
	// ErrActivationPending: activate with the same license, or deactivate.
	ErrActivationPending error = &Refusal{"activation-pending"}
	// ErrDeactivationPending: deactivate again, or activate.
	ErrDeactivationPending error = &Refusal{"deactivation-pending"}
)
