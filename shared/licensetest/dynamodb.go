package licensetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/cirruslink/chariot-license/shared/dynamo"
)

// DynamoDB returns a client of a DynamoDB-compatible server with a new table in
// it. The server is started for the test, on disk, and ends with it; where
// DYNAMODB_ENDPOINT names one, that one serves. Options are the test's own, such
// as an Injector.
func DynamoDB(t testing.TB, options ...func(*dynamodb.Options)) (client *dynamodb.Client, table string) {
	t.Helper()
	endpoint := os.Getenv("DYNAMODB_ENDPOINT")
	if endpoint == "" {
		endpoint = startDynamoDB(t)
	}
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
	})
	base := dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 4, 20*time.Millisecond }),
	}
	table = "licenses-" + rand.Text()
	if _, err := dynamodb.New(base).CreateTable(t.Context(), dynamo.Schema(table)); err != nil {
		t.Fatalf("creating the table at %s: %v", endpoint, err)
	}
	return dynamodb.New(base, options...), table
}

// startDynamoDB starts the server that `make setup` installs.
func startDynamoDB(t testing.TB) (endpoint string) {
	t.Helper()
	program := filepath.Join(Root(t), "infra/node_modules/@dynoxide/linux-x64/dynoxide")
	if _, err := os.Stat(program); err != nil {
		t.Fatal("there is no DynamoDB server: run `make setup`, or set DYNAMODB_ENDPOINT to the URL of one")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().(*net.TCPAddr)
	listener.Close()
	server := exec.Command(program, "--host", "127.0.0.1", "--port", fmt.Sprint(address.Port),
		"--db-path", filepath.Join(t.TempDir(), "dynamodb.db"))
	dieWithParent(server)
	if err := server.Start(); err != nil {
		t.Fatalf("starting the DynamoDB server: %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	for range 500 {
		if connection, err := net.Dial("tcp", address.String()); err == nil {
			connection.Close()
			return "http://" + address.String()
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the DynamoDB server does not answer")
	return ""
}

// Root is the folder of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the test does not run inside the repository")
		}
	}
}
