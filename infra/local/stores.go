package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/kms"
	"github.com/cirruslink/chariot-license/infra/local/process"
)

// portTime is how long a remembered port may take to become free: the server of
// a stack that was killed a moment ago may still be ending.
const portTime = time.Second

// startKMS serves the KMS protocol on *port, or on a free port that it then
// puts there.
func (s *stack) startKMS(port *int) (endpoint string, err error) {
	handler, err := kms.Open(filepath.Join(s.settings.stateDir, "kms.json"))
	if err != nil {
		return "", err
	}
	if *port, err = settledPort(*port); err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(*port)))
	if err != nil {
		return "", fmt.Errorf("starting the KMS endpoint: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	s.onClose(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // ends with Close
	return "http://" + listener.Addr().String(), nil
}

// startDynamoDB starts the DynamoDB server on *port, or on a free port that it
// then puts there, unless DYNAMODB_ENDPOINT names another server.
func (s *stack) startDynamoDB(ctx context.Context, port *int) (endpoint string, err error) {
	if s.settings.dynamodb != "" {
		return s.settings.dynamodb, nil
	}
	if *port, err = settledPort(*port); err != nil {
		return "", err
	}
	spawner := process.NewSpawner()
	s.onClose(spawner.Close)
	server, err := process.Serve(spawner, process.Settings{
		Name: "dynamodb",
		Port: *port,
		Logs: s.logs,
		Command: func(port int) *exec.Cmd {
			return exec.Command(dynoxidePath, "--host", "127.0.0.1", "--port", strconv.Itoa(port),
				"--db-path", filepath.Join(s.settings.stateDir, "dynamodb.db"))
		},
	})
	if err != nil {
		return "", fmt.Errorf("%w: run make again, or set DYNAMODB_ENDPOINT to the URL of another server", err)
	}
	s.onClose(server.Close)
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return "http://" + server.Addr(), server.Ready(ctx)
}

// settledPort gives the remembered port time to become free; zero means none.
func settledPort(remembered int) (int, error) {
	for end := time.Now().Add(portTime); ; time.Sleep(20 * time.Millisecond) {
		port, err := process.FreePort(remembered)
		if err != nil || port == remembered || remembered == 0 || time.Now().After(end) {
			return port, err
		}
	}
}
