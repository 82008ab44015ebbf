package lambda

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/process"
)

// The defaults of Settings; 30 s is the longest that an HTTP API waits.
const (
	DefaultTimeout      = 30 * time.Second
	DefaultMaxProcesses = 16
)

// A Runtime serves the Runtime API to the processes of its functions, on one
// loopback port. Each process is known by an unguessable prefix of its paths.
type Runtime struct {
	spawner *process.Spawner
	logs    io.Writer
	address string
	server  *http.Server

	mu        sync.Mutex
	processes map[string]*instance // by the prefix of its paths
	functions []*Function
}

// Settings say how to run a function.
type Settings struct {
	// Name is the function's name: in its ARN, its environment and the logs.
	Name string
	// Bootstrap is the path of the program.
	Bootstrap string
	// Env is added to what Lambda itself sets, and wins over it. Nothing of
	// this process's own environment reaches the function.
	Env map[string]string
	// Timeout bounds an invocation, its waiting included; 0: DefaultTimeout.
	Timeout time.Duration
	// MaxProcesses bounds the processes of the function; 0: DefaultMaxProcesses.
	MaxProcesses int
}

// NewRuntime starts serving the Runtime API. What functions print goes to logs
// line by line, each after the function's name.
func NewRuntime(logs io.Writer) (*Runtime, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the Runtime API: %w", err)
	}
	r := &Runtime{
		spawner:   process.NewSpawner(),
		logs:      process.Shared(logs),
		address:   listener.Addr().String(),
		processes: make(map[string]*instance),
	}
	r.server = &http.Server{Handler: r.api(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = r.server.Serve(listener) }() // ends in Close
	return r, nil
}

// Function returns the function that s describes. Its first process starts with
// its first invocation.
func (r *Runtime) Function(s Settings) *Function {
	f := &Function{
		runtime:   r,
		name:      s.Name,
		bootstrap: s.Bootstrap,
		env:       environment(s),
		timeout:   cmp.Or(s.Timeout, DefaultTimeout),
		max:       cmp.Or(s.MaxProcesses, DefaultMaxProcesses),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.functions = append(r.functions, f)
	return f
}

// Close ends every process and waits for it. Invocations without an answer get
// ErrClosed. It may be called again.
func (r *Runtime) Close() error {
	r.mu.Lock()
	functions := r.functions
	r.mu.Unlock()
	for _, f := range functions {
		f.close()
	}
	for _, f := range functions {
		f.running.Wait()
	}
	r.spawner.Close()
	return r.server.Close()
}

func (r *Runtime) register(i *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.processes[i.secret] = i
}

func (r *Runtime) forget(i *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.processes, i.secret)
}

// find returns nil for a prefix that no living process has.
func (r *Runtime) find(secret string) *instance {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.processes[secret]
}
