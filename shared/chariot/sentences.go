package chariot

import (
	_ "embed"
	"encoding/json"
	"maps"
)

// The codes that this client acts on.
const (
	licenseNotFound    = "license-not-found"
	activationNotFound = "activation-not-found"
	activationReleased = "activation-released"
	requestSuperseded  = "request-superseded"
	seatsTaken         = "seats-taken"
)

//go:embed java/com/cirruslink/chariot/license/sentences.json
var sentencesFile []byte

// sentences is never changed. One file holds it for both clients.
var sentences = func() (all map[string]string) {
	if err := json.Unmarshal(sentencesFile, &all); err != nil {
		panic(err) // the program was built with a broken file: every test finds out
	}
	return all
}()

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
	// ErrMachineChanged: reactivate to move the seat here, or activate to take one.
	ErrMachineChanged error = &Refusal{"machine-changed"}
	// ErrSeatMoved: the seat went to another computer; activate to take one.
	ErrSeatMoved error = &Refusal{"seat-moved"}
)
