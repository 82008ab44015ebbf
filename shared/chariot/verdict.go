package chariot

import (
	"cmp"
	"slices"
	"time"

	"github.com/cirruslink/chariot-license/shared/catalog"
	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// An Action is what a Chariot server does about its license.
type Action string

// The actions, mildest first.
const (
	// Run: nothing to do. There may be a sentence to show all the same.
	Run Action = "run"
	// Warn: go on, and tell the people.
	Warn Action = "warn"
	// Degrade: go on for the clients that are there, take no new ones, and tell
	// the people.
	Degrade Action = "degrade"
	// Stop: keep the listener shut. Reactivate before you shut one that is open.
	Stop Action = "stop"
)

// A Verdict is what follows from a certificate at a time.
type Verdict struct {
	Action Action `json:"action"`
	// Until is when time alone may change the verdict; zero means never.
	Until time.Time `json:"until,omitzero"`
	// Sentence is the most urgent that there is to say; it may be empty.
	Sentence string `json:"sentence,omitzero"`
	// Features are those that may be used: their end has not come.
	Features []license.Feature `json:"features,omitzero"`
}

const (
	// noticeTime is how long before an end Chariot begins to warn.
	noticeTime = 30 * 24 * time.Hour
	// clockSlack is how far a clock may be behind the server's before it is called
	// wrong.
	clockSlack = time.Hour
)

// Judge says what a Chariot server does at a time with a certificate that was
// verified; nil stands for none. It is pure, and as mild as the certificate allows:
//
//   - an end is warned of before it comes: 30 days, or the last quarter of the time
//     of what is short and renews by itself (a lease, contactBy)
//   - degrade and stop come only from the certificate's enforce
//   - the end of a feature ends that feature and never the server, but for the MQTT
//     server itself: its end counts as that of the license
//   - a time before the certificate was issued shows a wrong clock, and is taken for
//     the time of issue: a clock that fell back to 1970 stops nothing
//
// Source: FORMAT.md, When the time has run out.
func Judge(c *certificate.Certificate, now time.Time) Verdict {
	if c == nil {
		return Verdict{Action: Stop, Sentence: ErrNotActivated.Error()}
	}
	j := judgment{Verdict: Verdict{Action: Run}, certificate: c, now: now}
	if now.Before(c.IssuedAt) {
		j.now = c.IssuedAt
	}
	// The most urgent comes first, and has the say.
	endings := endingsOf(c)
	for _, e := range endings {
		j.from(e.over, j.enforce(), e.name+"-over", e)
	}
	for _, e := range endings {
		j.from(e.due, Warn, e.name+"-grace", e)
	}
	j.clockBehind(now)
	for _, e := range endings {
		j.from(e.due.Add(-e.notice), Warn, e.name+"-soon", e)
	}
	j.features()
	return j.Verdict
}

// An ending is a reason why the time runs out.
type ending struct {
	// name begins the names of its sentences.
	name string
	// due is the end to speak of; from over on, once a grace has passed, enforce
	// applies.
	due, over time.Time
	// notice is how long before due the warning begins.
	notice time.Duration
}

// endingsOf returns what the certificate ends by, the first to run out first.
func endingsOf(c *certificate.Certificate) []ending {
	// What renews by itself needs a person only if it fails to, for long.
	renewing := func(due time.Time) time.Duration {
		return max(0, min(noticeTime, due.Sub(c.IssuedAt)/4)).Truncate(time.Second)
	}
	var all []ending
	if !c.ContactBy.IsZero() {
		all = append(all, ending{"verdict-contact", c.ContactBy, c.ContactBy, renewing(c.ContactBy)})
	}
	if due, over := c.Expires, later(c.Expires, c.GraceUntil); !due.IsZero() {
		e := ending{"verdict-end", due, over, noticeTime}
		if c.Deployment == license.Leased {
			e.name, e.notice = "verdict-lease", renewing(due)
		}
		all = append(all, e)
	}
	if i := slices.IndexFunc(c.Features, isServer); i >= 0 && !c.Features[i].Until.IsZero() {
		until := c.Features[i].Until
		all = append(all, ending{"verdict-end", until, until, noticeTime})
	}
	slices.SortStableFunc(all, func(a, b ending) int { return a.over.Compare(b.over) })
	return all
}

func isServer(f license.Feature) bool { return f.Name == catalog.MQTTServer }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// A judgment is a Verdict in the making.
type judgment struct {
	Verdict
	certificate *certificate.Certificate
	now         time.Time
}

// from is something that holds from a moment on.
func (j *judgment) from(at time.Time, action Action, sentence string, e ending) {
	if j.now.Before(at) {
		j.turns(at)
		return
	}
	word := string(j.enforce())
	consequence := fill("verdict-then-"+word, "{until}", moment(e.over))
	j.say(action, sentence, "{end}", moment(e.due), "{until}", moment(e.over),
		"{now}", sentences["verdict-now-"+word], "{then}", consequence)
}

// enforce is what the certificate says happens in the end.
func (j *judgment) enforce() Action {
	switch j.certificate.Enforce {
	case license.Degrade:
		return Degrade
	case license.Stop:
		return Stop
	}
	return Warn
}

// say keeps the first that there is to say.
func (j *judgment) say(action Action, sentence string, values ...string) {
	if j.Sentence == "" {
		j.Action, j.Sentence = action, fill(sentence, values...)
	}
}

// turns notes a moment to come at which the verdict may change.
func (j *judgment) turns(at time.Time) {
	if j.Until.IsZero() || at.Before(j.Until) {
		j.Until = at
	}
}

// clockBehind looks whether the clock was set back.
func (j *judgment) clockBehind(clock time.Time) {
	if right := j.certificate.IssuedAt.Add(-clockSlack); clock.Before(right) {
		j.turns(right)
		j.say(Warn, "verdict-clock", "{issued}", moment(j.certificate.IssuedAt))
	}
}

// features sorts out what may be used, and tells of the feature that ends next,
// else of the one that ended last. The MQTT server stays in: whether it runs,
// Action says.
func (j *judgment) features() {
	var next, last license.Feature
	for _, f := range j.certificate.Features {
		ends := !f.Until.IsZero() && !isServer(f)
		switch {
		case ends && !j.now.Before(f.Until):
			if f.Until.After(last.Until) {
				last = f
			}
			continue
		case ends && (next.Until.IsZero() || f.Until.Before(next.Until)):
			next = f
		}
		j.Features = append(j.Features, f)
	}
	if !next.Until.IsZero() {
		j.turns(next.Until)
		if soon := next.Until.Add(-noticeTime); j.now.Before(soon) {
			j.turns(soon)
		} else {
			j.say(Warn, "verdict-feature-soon", "{feature}", featureTitle(next), "{end}", moment(next.Until))
		}
	}
	if !last.Until.IsZero() {
		j.say(Run, "verdict-feature-over", "{feature}", featureTitle(last), "{end}", moment(last.Until))
	}
}

// featureTitle is how people call a feature.
func featureTitle(f license.Feature) string {
	return cmp.Or(sentences["feature-"+f.Name], f.Name)
}

// moment writes a time for people.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
