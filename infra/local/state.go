package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/cirruslink/chariot-license/infra/local/durable"

	"github.com/cirruslink/chariot-license/shared/certificate"
)

// lockState makes dir and keeps it for this process. The lock ends with the
// process, however it ends; release gives it back before.
//
// What this process and its children write from here on is for this user only.
func lockState(dir string) (release func(), err error) {
	syscall.Umask(0o077)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the state directory: %w; set STATE_DIR to a directory that can be written", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the state directory: %w; set STATE_DIR to a directory that can be written", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer lock.Close()
		owner, _ := os.ReadFile(lock.Name())
		return nil, fmt.Errorf("process %s, another local stack, uses %s: end it, or set STATE_DIR (and PORT) to run two side by side", strings.TrimSpace(string(owner)), dir)
	}
	if err := lock.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintln(lock, os.Getpid()); err != nil {
		return nil, err
	}
	return func() { _ = lock.Close() }, nil
}

// supportToken returns the token in dir, made at the first start.
func supportToken(dir string) (string, error) {
	path := filepath.Join(dir, "support-token")
	data, err := os.ReadFile(path)
	if token := strings.TrimSpace(string(data)); err == nil && token != "" {
		return token, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	token := rand.Text()
	return token, durable.WriteFile(path, []byte(token+"\n"), 0o600)
}

// ports are remembered, so that a restart keeps the endpoints.
type ports struct {
	DynamoDB int `json:"dynamodb"`
	KMS      int `json:"kms"`
}

// loadPorts returns zeros where there is nothing to remember.
func loadPorts(dir string) ports {
	var p ports
	if data, err := os.ReadFile(filepath.Join(dir, "ports.json")); err == nil {
		_ = json.Unmarshal(data, &p) // damaged: other ports do as well
	}
	return p
}

func (p ports) save(dir string) error { return writeJSON(filepath.Join(dir, "ports.json"), p) }

// description is stack.json: what a program needs to use the stack.
type description struct {
	URL              string                `json:"url"`
	SupportToken     string                `json:"supportToken"`
	RootKeys         []certificate.RootKey `json:"rootKeys"`
	DynamoDBEndpoint string                `json:"dynamodbEndpoint"`
	KMSEndpoint      string                `json:"kmsEndpoint"`
	Table            string                `json:"table"`
}

func (d description) save(dir string) error { return writeJSON(filepath.Join(dir, "stack.json"), d) }

// writeJSON keeps what it writes from other users: tokens are in it.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(path, append(data, '\n'), 0o600)
}
