// Command bootstrap is a Lambda function for tests: it does what its event, or
// the query of the HTTP request in it, asks for.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Mode    string
	Text    string
	Milli   int
	Bytes   int
	RawPath string
}

func main() {
	switch os.Getenv("TEST_INIT") {
	case "exit":
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	if e.RawPath != "" { // an HTTP request: show the function what it was given
		return raw, nil
	}
	switch e.Mode {
	case "panic":
		panic("asked to")
	case "exit":
		os.Exit(7)
	case "error":
		return nil, errors.New(e.Text)
	case "sleep":
		time.Sleep(time.Duration(e.Milli) * time.Millisecond)
	case "big":
		return strings.Repeat("x", e.Bytes), nil
	case "log":
		fmt.Println(e.Text)
		fmt.Fprint(os.Stderr, "no end of line")
	case "env":
		return os.Environ(), nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{"id": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "left": time.Until(deadline).Milliseconds()}, nil
	}
	return map[string]any{"text": e.Text, "pid": os.Getpid()}, nil
}
