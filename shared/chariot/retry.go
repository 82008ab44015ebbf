package chariot

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	firstWait = 500 * time.Millisecond
	mostWait  = 8 * time.Second
)

// backoff is the wait after a try, counted from 0: exponential, with full jitter,
// so that a thousand machines which lost the server at once come back apart.
func backoff(try int) time.Duration {
	return rand.N(min(mostWait, firstWait<<min(try, 10))) + time.Millisecond
}

// mayRepeat reports whether the same request may fare better soon: the network
// failed, or the server is busy. Who refuses would refuse again.
func mayRepeat(err error) bool {
	var problem *Problem
	var answer *AnswerError
	var unreachable *UnreachableError
	switch {
	case errors.As(err, &problem):
		return isBusy(problem.Status)
	case errors.As(err, &answer):
		return isBusy(answer.Status)
	}
	return errors.As(err, &unreachable) && unreachable.passes()
}

func isBusy(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests
}

// sleep waits, or ends with the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
