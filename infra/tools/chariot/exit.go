package main

import (
	"errors"
	"net/http"

	"github.com/cirruslink/chariot-license/shared/chariot"
)

// The exit codes, as usage explains them.
const (
	exitDone = iota
	exitRefused
	exitUsage
	exitUnreachable
	exitState
)

// exitCode is the only place where an error becomes an exit code.
func exitCode(err error) int {
	var (
		state    *chariot.StateError
		problem  *chariot.Problem
		refusal  *chariot.Refusal
		settings *chariot.SettingsError
		text     *chariot.LicenseTextError
		usage    *usageError
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &state):
		return exitState
	case errors.As(err, &problem):
		if problem.Status >= 500 || problem.Status == http.StatusTooManyRequests {
			return exitUnreachable // busy or broken: it has decided nothing
		}
		return exitRefused
	case errors.As(err, &refusal), errors.As(err, &settings), errors.As(err, &text), errors.As(err, &usage):
		return exitUsage
	}
	return exitUnreachable
}
