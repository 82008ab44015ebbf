package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/cirruslink/chariot-license/shared/chariot"
)

// show prints what the machine is licensed for.
func (c *command) show(s *chariot.Status) error {
	if c.json {
		encoder := json.NewEncoder(c.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	line := func(label, format string, args ...any) {
		fmt.Fprintf(c.stdout, "%-13s%s\n", label, fmt.Sprintf(format, args...))
	}
	if !s.Licensed {
		line("State:", "not licensed")
	} else {
		line("State:", "licensed")
		line("License ID:", "%s", s.LicenseID)
		line("Activation:", "%s, %s", s.Deployment, s.ActivationID)
		label := "Features:"
		for _, feature := range s.Features {
			text := feature.Name + until(feature.Until)
			if feature.Metered {
				text += ", billed by use"
			}
			line(label, "%s", text)
			label = ""
		}
		line("Since:", "%s", s.ActivatedAt.Format(time.RFC3339))
		line("Expires:", "%s", orNever(s.Expires))
		if !s.ContactBy.IsZero() {
			line("Contact by:", "%s", s.ContactBy.Format(time.RFC3339))
		}
		line("Revision:", "%d", s.Revision)
	}
	line("Fingerprint:", "%s", s.Fingerprint)
	c.remarks(s)
	return nil
}

// remarks tells what a person should know besides.
func (c *command) remarks(s *chariot.Status) {
	if s.Trouble != "" {
		fmt.Fprintln(c.stderr, s.Trouble)
	}
	if s.Pending != "" {
		fmt.Fprintf(c.stderr, "A request to %s has not been answered yet: run %s again.\n", s.Pending, s.Pending)
	}
	if s.LastContact != nil && s.LastContact.Problem != nil {
		fmt.Fprintf(c.stderr, "At %s the license server said: %v\n", s.LastContact.At.Format(time.RFC3339), s.LastContact.Problem)
	}
}

func until(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ", until " + at.Format(time.DateOnly)
}

func orNever(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.Format(time.RFC3339)
}
