package chariot

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// Settings are what a Machine is opened with. The zero value suffices to read
// the state; calls need a server and root keys, given here or pinned before.
type Settings struct {
	// Server is the URL of the license server; empty: the pinned one. It is
	// https, or http on this very computer.
	Server string
	// Roots are the root keys that sign trust bundles; none: the pinned ones.
	Roots []certificate.RootKey
	// Proxy is the URL of the HTTP proxy that leads to the license server, like
	// http://proxy.example.com:3128; empty: none. The environment is not asked. A
	// server on this very computer needs none.
	Proxy string
	// ProxyUser and ProxyPassword are for a proxy that asks for them (Basic).
	ProxyUser, ProxyPassword string
	// CAFile names a PEM file of certificate authorities that count besides the
	// system's: a company's, whose firewall intercepts TLS.
	CAFile string
	// Address is where the license server is in place of what DNS says, with or
	// without a port: for networks without DNS. Server still says its name.
	Address string
	// PlainHTTP allows http to other computers. Who listens in between reads
	// the license key.
	PlainHTTP bool
	// Hostname and Version are what support sees of the machine; both may be empty.
	Hostname, Version string
	// MachineID tells this computer from others in place of the ID that its
	// operating system has; empty: that one. It need not be secret, but unique.
	MachineID string
	// Patience is how long a call waits and tries again before it gives up: no
	// try starts later. Zero: 30 s; negative: one try only.
	Patience time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// OnWait, unless nil, hears why a call waits, and for how long.
	OnWait func(why error, wait time.Duration)

	// computer is asked for its ID; zero: this one.
	computer computer
}

const (
	// defaultPatience is what a person in front of a page bears.
	defaultPatience = 30 * time.Second
	// tryTime bounds one try: the license server's gateway answers within 30 s.
	tryTime = 35 * time.Second
)

// A SettingsError says which setting cannot be used, and what to do.
type SettingsError struct{ What string }

func (e *SettingsError) Error() string { return e.What }

// complete fills in what was left out.
func (s Settings) complete() Settings {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.computer.system == "" {
		s.computer = thisComputer()
	}
	if s.Patience == 0 {
		s.Patience = defaultPatience
	}
	// The server refuses what is longer; a strange name must not stop an activation.
	s.Hostname, s.Version = printable(s.Hostname, 253), printable(s.Version, 64)
	return s
}

// printable is text without control characters, of up to most characters.
func printable(text string, most int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?")))
	return string(runes[:min(len(runes), most)])
}

// checkServer returns the URL of a license server in its one form, or says what
// is wrong with it. Empty stays empty.
func (s Settings) checkServer(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", &SettingsError{"The license server's URL is not one: write it like https://license.example.com."}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", &SettingsError{"The license server's URL may have a host and a path, and nothing else: no password, no ? and no #."}
	case u.Scheme == "http" && !s.PlainHTTP && !Loopback(text):
		return "", &SettingsError{fmt.Sprintf("http:// would show the license key to everybody between here and %s: use https://.", u.Host)}
	}
	return u.String(), nil
}

// Loopback reports whether the URL of a server leads to this very computer.
func Loopback(server string) bool {
	u, err := url.Parse(strings.TrimSpace(server))
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
