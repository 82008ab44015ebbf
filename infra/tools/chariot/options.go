package main

import (
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/cirruslink/chariot-license/infra/command"
)

// options are the command line, checked.
type options struct {
	verb     *verb
	server   string
	state    string
	rootKeys string
	license  string
	json     bool
	patience time.Duration
	machine  string
	// proxy, caFile and address are those of chariot.Settings.
	proxy, caFile, address string
}

// A usageError says what is wrong with the command line or with an input.
type usageError struct{ what string }

func (e *usageError) Error() string { return e.what }

func usageErrorf(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// parse reads the command line. Flags may stand before, after and between the
// words of the verb.
func parse(args []string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("chariot", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.server, "server", "", "")
	flags.StringVar(&o.state, "state", "", "")
	flags.StringVar(&o.rootKeys, "root-keys", "", "")
	flags.StringVar(&o.proxy, "proxy", "", "")
	flags.StringVar(&o.caFile, "ca-file", "", "")
	flags.StringVar(&o.address, "address", "", "")
	flags.StringVar(&o.machine, "machine-id", "", "")
	flags.StringVar(&o.license, "license", "", "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.DurationVar(&o.patience, "patience", 30*time.Second, "")
	name, err := command.Verb(flags, args)
	if err == flag.ErrHelp {
		return nil, err
	} else if err != nil {
		return nil, usageErrorf("%v. Run chariot help to see all flags.", err)
	}
	o.verb = verbNamed(name)
	return o, o.check(name)
}

// check says what is missing, or too much, with the words of the command line.
func (o *options) check(name string) error {
	switch {
	case name == "":
		return usageErrorf("Say what to do: %s. Run chariot help for more.", verbNames())
	case o.verb == nil:
		return usageErrorf("There is no %q: it is one of %s. Run chariot help for more.", name, verbNames())
	case o.state == "":
		return usageErrorf("Say where this machine keeps its state: --state DIR.")
	case o.verb.license && o.license == "":
		return usageErrorf("Say which license: --license FILE, or --license - to read it from standard input.")
	case !o.verb.license && o.license != "":
		return usageErrorf("%s takes no --license: it works on the license that the machine has.", name)
	}
	return nil
}
