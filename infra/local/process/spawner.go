package process

import (
	"errors"
	"os/exec"
	"runtime"
	"sync"
)

// ErrClosed is returned for a program that was to start after Close.
var ErrClosed = errors.New("process: the spawner is closed")

// A Spawner starts programs that die with this one, even where this one is
// ended by SIGKILL (on Linux; elsewhere they die when this one ends in order).
//
// Linux ties that promise to the thread that started the program, not to the
// process, and Go's threads come and go. So a Spawner keeps one thread for
// itself, and everything starts there, one after the other.
type Spawner struct {
	starts  chan start
	closing chan struct{}
	once    sync.Once
}

type start struct {
	cmd    *exec.Cmd
	result chan<- error
}

// NewSpawner returns a Spawner, to be closed after its programs have ended.
func NewSpawner() *Spawner {
	s := &Spawner{starts: make(chan start), closing: make(chan struct{})}
	go s.run()
	return s
}

// run never unlocks its thread: when it returns, the thread ends, and with it
// whatever was started and is still there.
func (s *Spawner) run() {
	runtime.LockOSThread()
	for {
		select {
		case start := <-s.starts:
			bind(start.cmd)
			start.result <- start.cmd.Start()
		case <-s.closing:
			return
		}
	}
}

// Start is cmd.Start, with the promise above. The program gets a process group
// of its own, so that Ctrl-C in a terminal reaches only us, who end it in order.
func (s *Spawner) Start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	select {
	case s.starts <- start{cmd, result}:
		return <-result
	case <-s.closing:
		return ErrClosed
	}
}

// Close gives the thread back. It may be called again.
func (s *Spawner) Close() {
	s.once.Do(func() { close(s.closing) })
}
