package process_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/process"
)

// TestMain is also the server that the tests run: it listens on TEST_PORT, and
// says its process ID to whoever connects.
func TestMain(m *testing.M) {
	if port := os.Getenv("TEST_PORT"); port != "" {
		listen(port)
	}
	os.Exit(m.Run())
}

func listen(port string) {
	fmt.Println("started")
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		fmt.Fprint(conn, os.Getpid())
		conn.Close()
	}
}

// logs is a buffer that Shared makes safe; it is read when all has ended.
type logs struct{ bytes.Buffer }

func serve(t *testing.T, port int, out *logs) *process.Server {
	t.Helper()
	spawner := process.NewSpawner()
	t.Cleanup(spawner.Close)
	server, err := process.Serve(spawner, process.Settings{
		Name: "demo",
		Port: port,
		Logs: process.Shared(out),
		Command: func(port int) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = []string{"TEST_PORT=" + strconv.Itoa(port)}
			return cmd
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func ready(t *testing.T, s *process.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestServerIsStartedAgainOnItsPort(t *testing.T) {
	var out logs
	s := serve(t, 0, &out)
	ready(t, s)
	for range 3 {
		pid := s.PID()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); s.PID() == pid; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("not started again")
			}
		}
		ready(t, s)
	}
	last := s.PID()
	s.Close()
	s.Close() // a second time does nothing
	if err := syscall.Kill(last, 0); !errors.Is(err, syscall.ESRCH) {
		t.Fatalf("process %d is left: %v", last, err)
	}
	if got := strings.Count(out.String(), "[demo] started\n"); got != 4 {
		t.Fatalf("%d starts in %q", got, &out)
	}
}

func TestServerOnAPortOfItsOwn(t *testing.T) {
	port, err := process.FreePort(0)
	if err != nil {
		t.Fatal(err)
	}
	var out logs
	s := serve(t, port, &out)
	ready(t, s)
	if s.Port() != port || s.Addr() != fmt.Sprintf("127.0.0.1:%d", port) {
		t.Fatalf("listens on %s, want port %d", s.Addr(), port)
	}
	if got, err := process.FreePort(port); err != nil || got == port {
		t.Fatalf("FreePort of a port in use: %d, %v", got, err)
	}
}

func TestServerThatCannotStart(t *testing.T) {
	spawner := process.NewSpawner()
	defer spawner.Close()
	_, err := process.Serve(spawner, process.Settings{
		Name:    "demo",
		Logs:    &logs{},
		Command: func(int) *exec.Cmd { return exec.Command("/nowhere/program") },
	})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "demo") {
		t.Fatalf("got %v", err)
	}
}

func TestReadyGivesUp(t *testing.T) {
	spawner := process.NewSpawner()
	t.Cleanup(spawner.Close)
	s, err := process.Serve(spawner, process.Settings{
		Name:    "demo",
		Logs:    process.Shared(&logs{}),
		Command: func(int) *exec.Cmd { return exec.Command("sleep", "60") },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

// Many at once, so that each of the process's threads would have its turn, the
// main one included.
func TestSpawnerCloseEndsWhatIsLeft(t *testing.T) {
	spawners := make([]*process.Spawner, 50)
	for i := range spawners {
		spawners[i] = process.NewSpawner()
	}
	ends := make(chan error, len(spawners))
	for _, spawner := range spawners {
		cmd := exec.Command("sleep", "60")
		if err := spawner.Start(cmd); err != nil {
			t.Fatal(err)
		}
		spawner.Close()
		go func() { ends <- cmd.Wait() }()
		if err := spawner.Start(exec.Command("sleep", "60")); !errors.Is(err, process.ErrClosed) {
			t.Fatalf("after Close: %v", err)
		}
	}
	late := time.After(20 * time.Second)
	for n := range spawners {
		select {
		case err := <-ends:
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("got %v", err)
			}
		case <-late:
			t.Fatalf("%d of %d are left", len(spawners)-n, len(spawners))
		}
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 70<<10)
	tests := []struct {
		name  string
		parts []string
		want  string
	}{
		{"one line", []string{"a\n"}, "[n] a\n"},
		{"lines in one part", []string{"a\nb\n"}, "[n] a\n[n] b\n"},
		{"a line in parts", []string{"a", "b", "c\n"}, "[n] abc\n"},
		{"no end", []string{"a\nb"}, "[n] a\n[n] b\n"},
		{"empty lines", []string{"\n\n"}, "[n] \n[n] \n"},
		{"nothing", nil, ""},
		{"a line that is too long", []string{long}, "[n] " + long[:64<<10] + "\n[n] " + long[64<<10:] + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			lines := process.NewLines(&out, "n")
			for _, part := range tt.parts {
				if n, err := lines.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
			}
			lines.Flush()
			if out.String() != tt.want {
				t.Fatalf("got %q, want %q", &out, tt.want)
			}
		})
	}
}
