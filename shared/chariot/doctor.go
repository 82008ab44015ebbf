package chariot

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// A Finding is what Diagnose found.
type Finding struct {
	// Good says that there is nothing to do.
	Good bool `json:"good"`
	// Sentence says what it is, and what to do.
	Sentence string `json:"sentence"`
}

// clockTolerance is how far this machine's clock may be from the license server's
// before Diagnose calls it wrong. Nothing that a machine does needs it closer.
const clockTolerance = 5 * time.Minute

// Diagnose asks the license server for its trust bundle, once, without patience
// and without sending anything of the machine's, and says what is in the way: the
// settings, the proxy, names, the network, TLS, what answers there, the root keys,
// the clock. There is a finding at least; a Good one stands alone.
func (m *Machine) Diagnose(ctx context.Context) []Finding {
	if err := m.callable(); err != nil {
		return []Finding{{Sentence: err.Error()}}
	}
	c := &call{Machine: m, start: m.settings.Now()}
	answer, header, err := c.askTrust(ctx)
	var unreachable *UnreachableError
	if errors.As(err, &unreachable) {
		return c.findUnreachable(ctx, unreachable)
	}
	if err != nil {
		return []Finding{{Sentence: err.Error()}}
	}
	findings := c.findClock(header)
	if _, err := certificate.VerifyBundle(answer.TrustBundle, m.roots, 0); err != nil {
		return append(findings, Finding{Sentence: (&UntrustedError{"trust bundle", err}).Error()})
	}
	if len(findings) == 0 {
		return []Finding{{true, fill("doctor-good", "{server}", m.server)}}
	}
	return findings
}

// findUnreachable tells why there was no answer. A TLS certificate that is out of
// date may be right, and the clock wrong: what the server says the time is decides.
func (c *call) findUnreachable(ctx context.Context, e *UnreachableError) []Finding {
	var findings []Finding
	if name, _ := e.why(); name == "tls-clock" {
		findings = c.findClock(c.timeUnverified(ctx))
	}
	return append(findings, Finding{Sentence: e.Why()})
}

// findClock holds this machine's clock against the Date of an answer; no finding
// if they agree, or if there is no date.
func (c *call) findClock(header http.Header) []Finding {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return nil
	}
	ours := c.settings.Now()
	name, off := "doctor-clock-ahead", ours.Sub(theirs)
	if off < 0 {
		name, off = "doctor-clock-behind", -off
	}
	if off <= clockTolerance {
		return nil
	}
	return []Finding{{Sentence: fill(name, "{off}", span(off), "{ours}", moment(ours), "{theirs}", moment(theirs))}}
}

// timeUnverified asks what the time is where TLS cannot be verified. Nothing else
// of the answer is looked at; a liar could at most have a clock set wrong.
func (c *call) timeUnverified(ctx context.Context) http.Header {
	client, err := c.settings.newClient()
	if err != nil {
		return nil
	}
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	client.Timeout = tryTime
	q, err := newRequest(ctx, http.MethodGet, c.server+"/v1/health", nil)
	if err != nil {
		return nil
	}
	response, err := client.Do(q)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	return response.Header
}

// span writes how long something is, for people.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}
