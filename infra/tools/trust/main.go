// Command trust is the operator's tool for the trust bundle: which signing keys
// clients trust, and which of them signs now.
//
//	bin/trust --table NAME VERB [flags]
//
// Results go to standard output, remarks to standard error. Its exit code says
// what went wrong: see usage.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr}, time.Now)
	stop()
	os.Exit(code)
}
