package license

import (
	"fmt"
	"strings"
	"time"
)

// File is the license file: the text that customers mail around and paste into
// Chariot. It says what the license is, in lines a person can read, and ends
// with the license key. Lines end with a line feed; ParseKey finds the key in it.
func File(l *License, key Key) string {
	var b strings.Builder
	b.WriteString("License for Chariot MQTT Server\n\n")
	line := func(label, text string) { fmt.Fprintf(&b, "%-13s%s\n", label, text) }
	line("License ID:", string(l.ID))
	line("Activation:", string(l.Deployment))
	line("Machines:", fmt.Sprint(l.Seats))
	label := "Features:"
	for _, feature := range l.Features {
		line(label, describe(feature))
		label = ""
	}
	line("Issued:", l.CreatedAt.Format(time.DateOnly))
	if l.Expires.IsZero() {
		line("Expires:", "never")
	} else {
		line("Expires:", l.Expires.Format(time.RFC3339))
	}
	b.WriteString("\nOn the License page of Chariot, drop this file, or paste the key below.\n" +
		"Keep it to yourself: who has the key can use up your machines.\n" +
		"Deactivate a machine before you retire it, and its place is free again.\n\n")
	b.WriteString(key.Reveal() + "\n")
	return b.String()
}

func describe(feature Feature) string {
	text := feature.Name
	if !feature.Until.IsZero() {
		text += ", until " + feature.Until.Format(time.DateOnly)
	}
	if feature.Metered {
		text += ", billed by use"
	}
	return text
}
