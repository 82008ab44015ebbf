package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cirruslink/chariot-license/shared/chariot"
)

const usage = `chariot stands in for a Chariot server: it licenses the machine that a state
directory is.

  chariot --server URL --state DIR activate --license FILE
  chariot --state DIR reactivate     pull the license's updates
  chariot --state DIR deactivate     give the seat back
  chariot --state DIR status         what this machine is licensed for

  --server URL       the license server; remembered in the state directory
  --state DIR        the machine's state; made where there is none
  --license FILE     a license file or a text with the license key; - is standard input
  --root-keys FILE   the root keys to trust, as JSON: [JWK, …] or {"rootKeys": […]},
                     as in the local stack's stack.json; remembered too. A server on
                     this very computer may name its own, once.
  --json             print the status as JSON

Results go to standard output, remarks to standard error. Exit codes: 0 done,
1 the license server refused, 2 wrong usage or input, 3 no license server was
reached or it cannot be trusted, 4 trouble with the state directory.`

// version is what support sees of this stand-in.
const version = "stand-in"

// A command is one run of the program.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	server, state, license, rootKeys string
	json                             bool
}

// A verb is what a run does with its machine.
type verb struct {
	name string
	do   func(context.Context, *command, *chariot.Machine) (*chariot.Status, error)
	// calls says that it needs a license server.
	calls bool
}

func verbs() []verb {
	return []verb{
		{"activate", activate, true},
		{"reactivate", func(ctx context.Context, _ *command, m *chariot.Machine) (*chariot.Status, error) {
			return m.Reactivate(ctx)
		}, true},
		{"deactivate", func(ctx context.Context, _ *command, m *chariot.Machine) (*chariot.Status, error) {
			return m.Deactivate(ctx)
		}, true},
		{"status", func(_ context.Context, _ *command, m *chariot.Machine) (*chariot.Status, error) { return m.Status() }, false},
	}
}

// A usageError is the caller's: what to do is in the sentence.
type usageError struct{ what string }

func (e *usageError) Error() string { return e.what }

// exitCode is the program's, as its usage says.
func exitCode(err error) int {
	var problem *chariot.Problem
	var refusal *chariot.Refusal
	var state *chariot.StateError
	var usage *usageError
	var setting *chariot.SettingsError
	var text *chariot.LicenseTextError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &problem), errors.As(err, &refusal):
		return 1
	case errors.As(err, &usage), errors.As(err, &setting), errors.As(err, &text):
		return 2
	case errors.As(err, &state):
		return 4
	}
	return 3
}

func (c *command) run(ctx context.Context, args []string) error {
	name, err := c.parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(c.stdout, usage)
		return nil
	}
	if err != nil {
		return err
	}
	known := verbs()
	i := slices.IndexFunc(known, func(v verb) bool { return v.name == name })
	switch {
	case i < 0:
		return &usageError{fmt.Sprintf("There is no verb %q. Run chariot --help.", name)}
	case c.state == "":
		return &usageError{"Name the state directory of the machine: --state DIR."}
	}
	machine, err := c.open(ctx, known[i])
	if err != nil {
		return err
	}
	defer machine.Close()
	status, err := known[i].do(ctx, c, machine)
	if err != nil {
		return err
	}
	return c.show(status)
}

// parse reads flags before and after the verb, which it returns.
func (c *command) parse(args []string) (verb string, err error) {
	flags := flag.NewFlagSet("chariot", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.server, "server", "", "")
	flags.StringVar(&c.state, "state", "", "")
	flags.StringVar(&c.license, "license", "", "")
	flags.StringVar(&c.rootKeys, "root-keys", "", "")
	flags.BoolVar(&c.json, "json", false, "")
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return "", err
			}
			return "", &usageError{fmt.Sprintf("%v. Run chariot --help.", err)}
		}
		args = flags.Args()
		if len(args) == 0 {
			break
		}
		if verb != "" {
			return "", &usageError{fmt.Sprintf("There is one word too many: %q. Run chariot --help.", args[0])}
		}
		verb, args = args[0], args[1:]
	}
	if verb == "" {
		return "", flag.ErrHelp
	}
	return verb, nil
}

// open opens the machine and, for a call, pins the server's root keys.
func (c *command) open(ctx context.Context, v verb) (*chariot.Machine, error) {
	hostname, _ := os.Hostname() // a machine without a name is licensed all the same
	settings := chariot.Settings{
		Server: c.server, Hostname: hostname, Version: version,
		OnWait: func(why error, wait time.Duration) {
			fmt.Fprintf(c.stderr, "%v Trying again in %s.\n", why, wait.Round(100*time.Millisecond))
		},
	}
	var err error
	if settings.Roots, err = c.givenRoots(); err != nil {
		return nil, err
	}
	machine, err := chariot.Open(c.state, settings)
	if err != nil || !v.calls {
		return machine, err
	}
	if err := c.trust(ctx, machine); err != nil {
		machine.Close()
		return nil, err
	}
	return machine, nil
}

// activate reads the license file first: a slip there must cost nothing.
func activate(ctx context.Context, c *command, m *chariot.Machine) (*chariot.Status, error) {
	if c.license == "" {
		return nil, &usageError{"Name the license file: --license FILE, or --license - for standard input."}
	}
	var text []byte
	var err error
	if c.license == "-" {
		text, err = io.ReadAll(io.LimitReader(c.stdin, maxFile))
	} else {
		text, err = readFile(c.license)
	}
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(string(text)) == "" {
		return nil, &usageError{"The license file is empty."}
	}
	return m.Activate(ctx, string(text))
}
