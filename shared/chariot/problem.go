package chariot

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cirruslink/chariot-license/shared/license"
)

// A Problem is what the license server refused with, as RFC 9457 has it. Its
// Error is a sentence for the person in front of the machine.
type Problem struct {
	// Code names the cause; Sentences has a sentence for each that a machine meets.
	Code   string `json:"code"`
	Status int    `json:"status"`
	// Detail is the server's own sentence.
	Detail string `json:"detail,omitzero"`
	// Seats is how many the license has, where all are taken.
	Seats int `json:"seats,omitzero"`
	// Sequence is what the machine counts on from, where it was superseded.
	Sequence int64 `json:"sequence,omitzero"`
	// RequestID is what support finds the request by.
	RequestID string `json:"requestId,omitzero"`
}

func (p *Problem) Error() string {
	sentence, known := sentences[p.Code]
	if !known {
		sentence = p.Detail
	}
	if sentence == "" {
		sentence = fmt.Sprintf("The license server refused (%s, status %d). Contact Cirrus Link Support.", p.Code, p.Status)
	}
	request := p.RequestID
	if request == "" {
		request = "(none)"
	}
	return strings.NewReplacer("{seats}", fmt.Sprint(p.Seats), "{requestId}", request).Replace(sentence)
}

// problemType begins the type of every problem; its code follows.
const problemType = "urn:chariot:problem:"

// readProblem reads the body of a problem; nil if it is none of a license
// server. What it says is shown to people: so no control characters, no endless
// text, and never the license key, whoever wrote it.
func readProblem(status int, body []byte, key license.Key) *Problem {
	var p struct {
		Type string `json:"type"`
		Problem
	}
	if json.Unmarshal(body, &p) != nil {
		return nil
	}
	code, ours := strings.CutPrefix(p.Type, problemType)
	if !ours || !isCode(code) || status < 400 {
		return nil
	}
	safe := func(text string, most int) string {
		if key != (license.Key{}) {
			text = strings.ReplaceAll(text, key.Reveal(), key.String())
		}
		return printable(text, most)
	}
	return &Problem{
		Code: code, Status: status, Detail: safe(p.Detail, 500), Seats: p.Seats, Sequence: p.Sequence,
		RequestID: safe(p.RequestID, 100),
	}
}

// isCode reports whether a text may be the code of a problem.
func isCode(text string) bool {
	return len(text) > 0 && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func isProblem(err error, code string) bool {
	var problem *Problem
	return errors.As(err, &problem) && problem.Code == code
}

// settles reports whether the server has decided on an intent: it took no seat,
// and freed none. All other problems leave that open.
func settles(code string) bool {
	switch code {
	case licenseNotFound, "license-revoked", "license-suspended", "license-expired", "wrong-deployment",
		"offline-activation", activationNotFound, activationReleased, requestSuperseded, seatsTaken:
		return true
	}
	return false
}
