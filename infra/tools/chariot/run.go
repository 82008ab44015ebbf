package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cirruslink/chariot-license/shared/chariot"
)

// version is what support sees as the version of a stand-in.
const version = "stand-in"

// streams are what the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// remark tells the person something that is no result.
func (s streams) remark(format string, args ...any) {
	fmt.Fprintf(s.err, "chariot: "+format+"\n", args...)
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(s.out, usage())
		return exitDone
	}
	if err == nil {
		err = o.do(ctx, s)
	}
	if err != nil {
		s.remark("%v", err)
	}
	return exitCode(err)
}

// do opens the machine and runs the verb.
func (o *options) do(ctx context.Context, s streams) error {
	settings, err := o.settings(s)
	if err != nil {
		return err
	}
	work := job{options: o, streams: s}
	if o.verb.license {
		if work.license, err = readLicense(o.license, s.in); err != nil {
			return err
		}
	}
	if work.machine, err = chariot.Open(o.state, settings); err != nil {
		return err
	}
	defer work.machine.Close()
	if o.verb.online {
		if err := work.pin(ctx, settings.Roots); err != nil {
			return err
		}
	}
	if err := o.verb.run(ctx, &work); err != nil {
		return err
	}
	return work.keep()
}

// settings are those of the machine.
func (o *options) settings(s streams) (chariot.Settings, error) {
	hostname, _ := os.Hostname() // a machine without a name is licensed all the same
	settings := chariot.Settings{
		Server: o.server, Hostname: hostname, Version: version, Patience: o.patience, MachineID: o.machine,
		Proxy: o.proxy, CAFile: o.caFile, Address: o.address,
		OnWait: func(why error, wait time.Duration) {
			s.remark("%v", why)
			s.remark("Trying again in %v.", wait.Round(100*time.Millisecond))
		},
	}
	if o.patience <= 0 {
		settings.Patience = -1 // one try
	}
	var err error
	if o.rootKeys != "" {
		settings.Roots, err = readRootKeys(o.rootKeys)
	}
	return settings, err
}
