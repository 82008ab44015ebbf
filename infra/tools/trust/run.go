package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/cirruslink/chariot-license/shared/license"
)

// streams are what the program writes.
type streams struct{ out, err io.Writer }

// say prints a result.
func (s streams) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// remark tells the operator something that is no result.
func (s streams) remark(format string, args ...any) {
	fmt.Fprintf(s.err, "trust: "+format+"\n", args...)
}

// A job is one run of a verb.
type job struct {
	*options
	streams
	// at is the time of the run, UTC in whole seconds: one for all it writes.
	at time.Time
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, s streams, now func() time.Time) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(s.out, usage())
		return exitDone
	}
	if err == nil {
		err = perform(ctx, &job{o, s, now().UTC().Truncate(time.Second)})
	}
	if err != nil {
		s.remark("%s", explain(err))
	}
	return exitCode(err)
}

// rounds bounds how often a verb begins again.
const rounds = 3

// perform runs the verb. Where the publication changed under it, or its write had
// no answer, it begins again with what is published now: there it finds its own
// write, if that happened.
func perform(ctx context.Context, j *job) (err error) {
	for range rounds {
		err = j.verb.run(ctx, j)
		if !errors.Is(err, license.ErrStale) && !errors.Is(err, license.ErrUnknown) {
			return err
		}
	}
	return err
}
