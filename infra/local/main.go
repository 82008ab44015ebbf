// Command local runs the whole system on one machine: the real bootstrap
// binaries of the functions behind a local API Gateway, a DynamoDB-compatible
// server on disk, and a KMS endpoint. It is a development tool: it listens on
// the loopback interface only, and refuses to start inside Lambda.
//
// PORT (8080), STATE_DIR (.local), MAX_PROCESSES (16, for each function) and
// DYNAMODB_ENDPOINT (none: its own server) change what it does. It prints its
// address and then "ready" when it answers; STATE_DIR/stack.json has the rest.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	withParent := flag.Bool("with-parent", false, "end when the parent process ends, however it ends")
	printAPI := flag.Bool("api", false, "print the page of the API, and end")
	flag.Parse()
	do := func() error { return run(*withParent) }
	if *printAPI {
		do = writeAPIPage
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "local stack:", err)
		os.Exit(1)
	}
}

// run is the life of the stack. It returns nil when a signal ended it in order.
func run(withParent bool) error {
	if withParent {
		if err := endWithParent(); err != nil {
			return err
		}
	}
	// make passes a signal on and then dies, which sends another: only the
	// first counts.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer stop()
	settings, err := loadSettings(os.Getenv)
	if err != nil {
		return err
	}
	s, err := start(ctx, settings)
	defer s.close()
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s\nready\n", s.url)
	<-ctx.Done()
	return nil
}
