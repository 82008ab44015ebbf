package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/gateway"
	"github.com/cirruslink/chariot-license/infra/local/lambda"
	"github.com/cirruslink/chariot-license/infra/local/process"
	"github.com/cirruslink/chariot-license/infra/routes"
)

// table is the name of the one DynamoDB table.
const table = "chariot-licenses"

const (
	// startTime bounds the wait for each part of the stack.
	startTime = 30 * time.Second
	// drainTime is how long running requests have when the stack ends; with
	// what ending the children takes, it stays under 8 s.
	drainTime = 5 * time.Second
)

// A stack is what runs: the parts, in the order in which they were started.
type stack struct {
	settings settings
	logs     io.Writer
	url      string
	closers  []func()
}

// start starts the parts, each after what it needs. The stack that it returns
// is to be closed even where there is an error.
func start(ctx context.Context, settings settings) (*stack, error) {
	s := &stack{settings: settings, logs: process.Shared(os.Stderr)}
	release, err := lockState(settings.stateDir)
	if err != nil {
		return s, err
	}
	s.onClose(release)
	listener, err := s.listen()
	if err != nil {
		return s, err
	}
	s.onClose(func() { _ = listener.Close() })
	s.url = "http://" + listener.Addr().String()
	about, err := s.startStores(ctx)
	if err != nil {
		return s, err
	}
	prepared, err := prepare(ctx, about)
	if err != nil {
		return s, fmt.Errorf("setting up the stores: %w", err)
	}
	about.RootKeys = prepared.rootKeys
	if err := s.serve(listener, about, prepared); err != nil {
		return s, err
	}
	if err := healthy(ctx, s.url+"/v1/health"); err != nil {
		return s, err
	}
	return s, about.save(settings.stateDir)
}

// listen takes the gateway's port before anything else is started.
func (s *stack) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.settings.port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is in use: set PORT to another", s.settings.port)
	}
	return listener, err
}

// startStores starts what keeps state: DynamoDB and KMS.
func (s *stack) startStores(ctx context.Context) (description, error) {
	about := description{URL: s.url, Table: table}
	remembered := loadPorts(s.settings.stateDir)
	var err error
	if about.SupportToken, err = supportToken(s.settings.stateDir); err != nil {
		return about, err
	}
	if about.KMSEndpoint, err = s.startKMS(&remembered.KMS); err != nil {
		return about, err
	}
	if about.DynamoDBEndpoint, err = s.startDynamoDB(ctx, &remembered.DynamoDB); err != nil {
		return about, err
	}
	return about, remembered.save(s.settings.stateDir)
}

// serve starts the functions and the gateway.
func (s *stack) serve(listener net.Listener, about description, p prepared) error {
	runtime, err := lambda.NewRuntime(s.logs)
	if err != nil {
		return err
	}
	s.onClose(func() { _ = runtime.Close() })
	functions := make(map[string]gateway.Invoker)
	for _, name := range slices.Sorted(maps.Keys(s.settings.bootstraps)) {
		functions[name] = runtime.Function(lambda.Settings{
			Name:         name,
			Bootstrap:    s.settings.bootstraps[name],
			Env:          functionEnv(about, p),
			MaxProcesses: s.settings.maxProcesses,
		})
	}
	g, err := gateway.New(gateway.Settings{Routes: routes.All(), Functions: functions, SupportToken: about.SupportToken})
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:                      withAPIPage(withRootKeys(about.RootKeys, g)),
		ReadHeaderTimeout:            10 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		DisableGeneralOptionsHandler: true,
	}
	s.onClose(func() { drain(server) })
	go func() { _ = server.Serve(listener) }() // ends in drain
	return nil
}

// functionEnv is what every function needs to find the stores.
func functionEnv(about description, p prepared) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB": about.DynamoDBEndpoint,
		"AWS_ENDPOINT_URL_KMS":      about.KMSEndpoint,
		"AWS_REGION":                region,
		"LICENSES_TABLE":            about.Table,
		"MAIL_KEY_ID":               p.mailKeyARN,
	}
}

// drain takes no further requests and lets the running ones end, for a while.
func drain(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// onClose adds to what close does.
func (s *stack) onClose(do func()) { s.closers = append(s.closers, do) }

// close ends the parts, the one started last first.
func (s *stack) close() {
	for _, do := range slices.Backward(s.closers) {
		do()
	}
	s.closers = nil
}
