// Command chariot is a stand-in Chariot server on the command line: it licenses
// a state directory as a Chariot server licenses itself, with the same client.
//
//	bin/chariot --server URL --state DIR activate --license FILE
//
// Results go to standard output, remarks to standard error. Its exit code says
// what went wrong: see usage.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}
