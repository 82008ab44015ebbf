package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cirruslink/chariot-license/infra/command"
	"github.com/cirruslink/chariot-license/shared/chariot"
)

// A verb is one thing that the program does.
type verb struct {
	// name is one or more words of the command line.
	name string
	// what it does, for usage.
	what string
	// license says that it takes --license; online, that it calls the server.
	license, online bool
	// keeps says that the machine remembers the server and the root keys.
	keeps bool
	run   func(context.Context, *job) error
}

// A job is one run of a verb.
type job struct {
	*options
	streams
	machine *chariot.Machine
	// license is the text of --license, where the verb takes it.
	license string
}

// verbs is the table of all verbs, in the order of usage.
func verbs() []verb {
	return []verb{
		{"activate", "take a seat of a license for this machine", true, true, true, activate},
		{"reactivate", "pull what has changed in the license", false, true, true, reactivate},
		{"deactivate", "give the seat back", false, true, true, deactivate},
		{"doctor", "find out what is between this machine and the license server", false, true, false, doctor},
		{"status", "show what this machine is licensed for; asks nobody", false, false, false, status},
	}
}

// verbNamed is nil where there is none.
func verbNamed(name string) *verb {
	for _, v := range verbs() {
		if v.name == name {
			return &v
		}
	}
	return nil
}

func verbNames() string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return command.Or(names)
}

func activate(ctx context.Context, j *job) error {
	s, err := j.machine.Activate(ctx, j.license)
	return j.show(s, err)
}

func reactivate(ctx context.Context, j *job) error {
	s, err := j.machine.Reactivate(ctx)
	return j.show(s, err)
}

func deactivate(ctx context.Context, j *job) error {
	s, err := j.machine.Deactivate(ctx)
	return j.show(s, err)
}

// errUnwell ends a doctor that found something; what, it has said.
var errUnwell = errors.New("there is something to set right")

func doctor(ctx context.Context, j *job) error {
	found := j.machine.Diagnose(ctx)
	for _, f := range found {
		fmt.Fprintln(j.out, f.Sentence)
	}
	if !found[0].Good {
		return errUnwell
	}
	return nil
}

func status(_ context.Context, j *job) error {
	s, err := j.machine.Status()
	return j.show(s, err)
}
