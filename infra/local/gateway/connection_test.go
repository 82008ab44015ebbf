package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestBodyOfTheLargestSize(t *testing.T) {
	f := &fake{answer: `{"statusCode":200,"body":"ok"}`}
	server := httptest.NewServer(newGateway(t, f))
	defer server.Close()
	response, err := http.Post(server.URL+"/v1/things", "text/plain", strings.NewReader(strings.Repeat("x", 10<<20)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 || len(f.event.Body) != 10<<20 {
		t.Fatalf("%s, %d bytes", response.Status, len(f.event.Body))
	}
}

func TestBodyThatIsTooLarge(t *testing.T) {
	tests := []struct {
		name string
		body io.Reader
	}{
		{"one byte more", bytes.NewReader(make([]byte, 10<<20+1))},
		{"much more", bytes.NewReader(make([]byte, 64<<20))},
		{"of unknown size", io.LimitReader(endless{}, 64<<20)},
	}
	f := &fake{answer: "{}"}
	server := httptest.NewServer(newGateway(t, f))
	defer server.Close()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			response, err := http.Post(server.URL+"/v1/things", "text/plain", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != 413 || string(body) != `{"message":"Request Entity Too Large"}` {
				t.Fatalf("%s %q, %v", response.Status, body, err)
			}
		})
	}
	if f.raw != nil {
		t.Fatal("the function was invoked")
	}
}

// TestClientThatSendsAllBeforeItReads is the client that loses its answer where
// a server stops reading and closes.
func TestClientThatSendsAllBeforeItReads(t *testing.T) {
	server := httptest.NewServer(newGateway(t, &fake{answer: "{}"}))
	defer server.Close()
	const size = 32 << 20
	conn := dial(t, server)
	fmt.Fprintf(conn, "POST /v1/things HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", size)
	if _, err := io.CopyN(conn, endless{}, size); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != 413 {
		t.Fatalf("%v, %v", response, err)
	}
}

func TestHeadersThatAreTooLarge(t *testing.T) {
	server := httptest.NewServer(newGateway(t, &fake{answer: "{}"}))
	defer server.Close()
	for size, want := range map[int]int{9_000: 200, 10_240: 431, 100_000: 431} {
		r, _ := http.NewRequest("GET", server.URL, nil)
		r.Header.Set("X-Long", strings.Repeat("x", size))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%d bytes: %s", size, response.Status)
		}
	}
}

func TestClientThatLeavesDoesNotEndTheInvocation(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	server := httptest.NewServer(newGateway(t, invoker(func(ctx context.Context, _ []byte) ([]byte, error) {
		close(began)
		select {
		case <-ctx.Done():
			ended <- ctx.Err()
		case <-time.After(200 * time.Millisecond):
			ended <- nil
		}
		return []byte("{}"), nil
	})))
	defer server.Close()
	conn := dial(t, server)
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-began
	conn.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}
