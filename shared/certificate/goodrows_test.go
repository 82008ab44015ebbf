package certificate

import (
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// goodRows are certificates as they are issued.
func goodRows() []row {
	with := func(change func(*Certificate)) func(*draft) {
		return func(d *draft) { d.carry(currentKey, change) }
	}
	return []row{
		{"example of FORMAT.md", "", example},
		{"online, nothing optional", "", func(*draft) {}},
		{"with an end", "", with(func(c *Certificate) { c.Expires = issued.AddDate(1, 0, 0) })},
		{"with an end and grace", "", with(func(c *Certificate) {
			c.Expires, c.GraceUntil = issued.AddDate(1, 0, 0), issued.AddDate(1, 1, 0)
		})},
		{"must call again", "", with(func(c *Certificate) { c.ContactBy = issued.AddDate(0, 0, 30) })},
		{"enforce degrade", "", with(func(c *Certificate) { c.Enforce = license.Degrade })},
		{"enforce stop", "", with(func(c *Certificate) { c.Enforce = license.Stop })},
		{"offline, with nonce and sequence", "", with(offlineAnswer)},
		{"leased", "", with(func(c *Certificate) {
			c.Deployment, c.Expires, c.GraceUntil = license.Leased, issued.Add(time.Hour), issued.Add(2*time.Hour)
		})},
		{"marketplace", "", with(func(c *Certificate) { c.Deployment = license.Marketplace })},
		{"no feature", "", with(func(c *Certificate) { c.Features = nil })},
		{"six features, everything optional", "", with(fullCertificate)},
		{"highest revision and sequence", "", with(func(c *Certificate) {
			c.Nonce, c.Sequence, c.Revision = nonce, 1<<63-1, 1<<63-1
		})},
		{"last second that can be written", "", with(func(c *Certificate) { c.Expires = lastStamp.AddDate(1, 0, 0) })},
		{"floating entitlement", "", func(d *draft) {
			d.want.Kind = Floating
			d.carry(floatingKey, func(c *Certificate) { c.Deployment = license.Floating })
		}},
		{"key in its first second", "", with(func(c *Certificate) { c.IssuedAt = newYear })},
		{"retired key, in its last second", "", func(d *draft) {
			d.carry(retiredKey, func(c *Certificate) { c.IssuedAt = newYear.Add(-time.Second) })
		}},
	}
}

// example is the worked example of FORMAT.md: one key in the bundle.
func example(d *draft) {
	d.trust(func(b *Bundle) { b.Version, b.Keys = 1, b.Keys[:1] })
	d.minVersion = 0
	d.carry(currentKey, func(c *Certificate) {
		offlineAnswer(c)
		c.Features = append(c.Features, license.Feature{Name: "mqtt-server-support", Until: issued.AddDate(1, 0, 0)})
	})
}

func offlineAnswer(c *Certificate) {
	c.Deployment, c.Nonce, c.Sequence = license.Offline, nonce, 1772366400000
}

func fullCertificate(c *Certificate) {
	c.Deployment = license.Marketplace
	c.Features = append(features("mqtt-server"),
		license.Feature{Name: "mqtt-server-support", Until: issued.AddDate(1, 0, 0)},
		license.Feature{Name: "iot-bridge-snowflake", Metered: true},
		license.Feature{Name: "iot-bridge-azure", Until: issued.AddDate(0, 6, 0), Metered: true})
	c.Features = append(c.Features, features("iot-bridge-aws", "iot-bridge-google")...)
	c.Revision = 12345
	c.Expires, c.GraceUntil = issued.AddDate(1, 0, 0), issued.AddDate(1, 1, 0)
	c.ContactBy, c.Enforce = issued.AddDate(0, 0, 30), license.Degrade
	c.Nonce, c.Sequence = nonce, 1772366400000
}

// readingRows are well signed by a writer who is newer, or writes otherwise.
func readingRows() []row {
	swap := func(old, new string) func(*draft) {
		return func(d *draft) { d.cert.swap(old, new) }
	}
	return []row{
		{"unknown member", "", swap(`"revision"`, `"plantName":"Werk Köln <1>","revision"`)},
		{"unknown member that nests", "", swap(`"revision"`, `"more":{"a":[1,-2.5e3,{"b":null}],"c":true},"revision"`)},
		{"unknown member that nests 16 deep", "", swap(`"revision"`, `"more":`+nested(15)+`,"revision"`)},
		{"unknown member that differs from a known one in case", "", swap(`"revision"`, `"Revision":9,"revision"`)},
		{"unknown member of a feature", "", swap(`{"name"`, `{"tier":2,"name"`)},
		{"unknown enforce reads as warn", "", swap(`"enforce":"warn"`, `"enforce":"explode"`)},
		{"enforce in capitals is unknown, and reads as warn", "", swap(`"enforce":"warn"`, `"enforce":"STOP"`)},
		{"absent enforce reads as warn", "", swap(`,"enforce":"warn"`, ``)},
		{"unknown deployment is kept", "", swap(`"deployment":"online"`, `"deployment":"orbital"`)},
		{"other order and spaces", "", func(d *draft) {
			d.cert.swap(`,"enforce":"warn"`, ``)
			d.cert.swap(`{"licenseId"`, ` { "enforce" : "stop" , "licenseId"`)
		}},
		{"metered may be false", "", swap(`{"name"`, `{"metered":false,"name"`)},
	}
}

// nested is an object of the given depth.
func nested(depth int) string {
	if depth == 1 {
		return `{}`
	}
	return `{"a":` + nested(depth-1) + `}`
}
