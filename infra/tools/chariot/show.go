package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/chariot"
	"github.com/cirruslink/chariot-license/shared/license"
)

// show prints what the machine is licensed for, and tells what waits.
func (j *job) show(s *chariot.Status, err error) error {
	if err != nil {
		return err
	}
	if j.json {
		text, err := json.MarshalIndent(s, "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(j.out, "%s\n", text)
		}
		return err
	}
	if _, err := fmt.Fprint(j.out, lines(s, time.Now())); err != nil {
		return err
	}
	return nil
}

// lines is a status for people.
func lines(s *chariot.Status, now time.Time) string {
	var b strings.Builder
	line := func(label, text string) { fmt.Fprintf(&b, "  %-15s%s\n", label, text) }
	if s.Licensed {
		b.WriteString("Licensed\n")
		line("License ID:", string(s.LicenseID))
		line("Deployment:", string(s.Deployment))
		label := "Features:"
		for _, feature := range s.Features {
			line(label, describe(feature, now))
			label = ""
		}
		line("Expires:", end(s.Expires, now, "never"))
		line("Revision:", fmt.Sprint(s.Revision))
		line("Activation ID:", string(s.ActivationID))
		line("Active since:", s.ActivatedAt.Format(time.RFC3339))
	} else {
		b.WriteString("Not licensed\n")
	}
	if s.Licensed || s.Trouble != "" {
		line("Verdict:", verdict(s.Verdict))
	}
	line("Machine:", string(s.Fingerprint))
	if s.Pending != "" {
		line("Unanswered:", s.Pending+"; run it again to finish it")
	}
	if last := s.LastContact; last != nil {
		line("Last contact:", contact(last))
	}
	return b.String()
}

// verdict is what the server does, and why.
func verdict(v chariot.Verdict) string {
	if v.Sentence == "" {
		return string(v.Action)
	}
	return string(v.Action) + ": " + v.Sentence
}

func contact(last *chariot.Contact) string {
	said := "done"
	if last.Problem != nil {
		said = last.Problem.Error()
	}
	return last.At.Format(time.RFC3339) + ", " + last.Intent + ": " + said
}

func describe(feature license.Feature, now time.Time) string {
	text := feature.Name
	if !feature.Until.IsZero() {
		text += ", until " + end(feature.Until, now, "")
	}
	if feature.Metered {
		text += ", billed by use"
	}
	return text
}

// end writes the end of something, and whether it has come.
func end(at, now time.Time, never string) string {
	switch {
	case at.IsZero():
		return never
	case !now.Before(at):
		return at.Format(time.RFC3339) + " (over)"
	}
	return at.Format(time.RFC3339)
}
