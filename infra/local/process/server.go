package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// The pauses of a Server. A crash is answered within firstPause; a program
// that cannot start is tried about once in maxPause.
const (
	firstPause = 20 * time.Millisecond
	maxPause   = time.Second
	// settled is how long a program must have run for its death to count as
	// the first.
	settled = 5 * time.Second
	// stopGrace is how long a program has between SIGTERM and SIGKILL.
	stopGrace = 2 * time.Second
)

// Settings say what a Server runs.
type Settings struct {
	// Name stands before each line that the program prints.
	Name string
	// Command makes the program that listens on 127.0.0.1:port. It is called
	// for each start; output and process attributes are the Server's to set.
	Command func(port int) *exec.Cmd
	// Port is used for as long as the Server lives; zero means a free one.
	Port int
	// Logs takes what the program prints; it must bear concurrent use.
	Logs io.Writer
}

// A Server keeps one program running on one loopback port: when the program
// dies, it is started again, there.
type Server struct {
	settings Settings
	spawner  *Spawner
	stop     chan struct{}
	stopped  chan struct{}
	once     sync.Once

	mu  sync.Mutex
	cmd *exec.Cmd // the running program, or the last one
}

// Serve starts a Server, to be closed before s. It fails where the program
// cannot be started at all; whether it then listens, Ready tells.
func Serve(s *Spawner, settings Settings) (*Server, error) {
	if settings.Port == 0 {
		port, err := FreePort(0)
		if err != nil {
			return nil, err
		}
		settings.Port = port
	}
	server := &Server{settings: settings, spawner: s, stop: make(chan struct{}), stopped: make(chan struct{})}
	ended, err := server.start()
	if err != nil {
		return nil, err
	}
	go server.supervise(ended)
	return server, nil
}

// Addr is where the program listens: "127.0.0.1:port".
func (s *Server) Addr() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.settings.Port))
}

// Port is the port of Addr.
func (s *Server) Port() int { return s.settings.Port }

// PID is the process ID of the program that runs now, or ran last.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmd.Process.Pid
}

// Ready waits until Addr accepts a connection.
func (s *Server) Ready(ctx context.Context) error {
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", s.Addr())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer at %s: %w", s.settings.Name, s.Addr(), errors.Join(err, ctx.Err()))
		case <-s.stopped:
			return fmt.Errorf("%s was stopped", s.settings.Name)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Close ends the program, with SIGKILL where SIGTERM does not, and waits for
// its end. It may be called again.
func (s *Server) Close() {
	s.once.Do(func() { close(s.stop) })
	<-s.stopped
}

// start runs the program once; its end closes the channel.
func (s *Server) start() (<-chan struct{}, error) {
	cmd := s.settings.Command(s.settings.Port)
	lines := NewLines(s.settings.Logs, s.settings.Name)
	cmd.Stdout, cmd.Stderr = lines, lines
	cmd.WaitDelay = stopGrace
	if err := s.spawner.Start(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", s.settings.Name, err)
	}
	s.mu.Lock()
	s.cmd = cmd
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended does not matter: it is started again
		lines.Flush()
		close(ended)
	}()
	return ended, nil
}

// supervise starts the program again whenever it ended, until Close.
func (s *Server) supervise(ended <-chan struct{}) {
	defer close(s.stopped)
	started, pause := time.Now(), firstPause
	for {
		select {
		case <-s.stop:
			s.end(ended)
			return
		case <-ended:
		}
		if time.Since(started) > settled {
			pause = firstPause
		}
		s.say("ended; starting it again")
		if ended = s.again(&pause); ended == nil {
			return
		}
		started = time.Now()
	}
}

// again starts the program after a pause, however often that takes. It returns
// nil where Close came first.
func (s *Server) again(pause *time.Duration) <-chan struct{} {
	for {
		select {
		case <-s.stop:
			return nil
		case <-time.After(*pause):
		}
		*pause = min(2**pause, maxPause)
		ended, err := s.start()
		if err == nil {
			return ended
		}
		s.say(err.Error())
	}
}

// end stops the running program and waits for it.
func (s *Server) end(ended <-chan struct{}) {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-ended:
	case <-time.After(stopGrace):
		_ = s.cmd.Process.Kill()
		<-ended
	}
}

func (s *Server) say(sentence string) {
	lines := NewLines(s.settings.Logs, s.settings.Name)
	_, _ = lines.Write([]byte(sentence + "\n"))
}

// FreePort returns preferred where nothing listens there on the loopback
// interface, else a port that was free a moment ago.
func FreePort(preferred int) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(preferred)))
	if err != nil && preferred != 0 {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
