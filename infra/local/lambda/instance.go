package lambda

import (
	"errors"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/process"
)

// state is where a process is between two invocations.
type state int

const (
	starting  state = iota // has not asked for work yet
	idle                   // asks for work
	assigned               // is to get an invocation, and may be dead already
	busy                   // has an invocation
	returning              // has answered, has not asked for work again
	gone                   // has ended; what it sent before may still arrive
)

// pipeGrace is how long a process that is dead may keep its output open through
// a child that it left behind.
const pipeGrace = 100 * time.Millisecond

// An instance is one process of a function.
type instance struct {
	function *Function
	secret   string        // the prefix of its paths of the Runtime API
	wake     chan struct{} // has a value when an idle process was assigned one

	// Guarded by the function's mu.
	state     state
	call      *invocation // while assigned, busy or returning
	heard     uint64      // the last arrival before it was started or last answered
	cmd       *exec.Cmd   // nil until the process is started
	condemned bool        // killed, or to be killed as soon as it is started
	failure   error       // why it ended, or what it said before
}

// spawn adds a process to the pool. mu is held; the process starts without it.
func (f *Function) spawn() {
	i := &instance{function: f, secret: newSecret(), wake: make(chan struct{}, 1), heard: f.arrivals}
	if f.instances == nil {
		f.instances = make(map[*instance]struct{})
	}
	f.instances[i] = struct{}{}
	f.coming++
	f.runtime.register(i)
	f.running.Add(1)
	time.AfterFunc(f.timeout, i.endStart)
	go i.run()
}

// run is the whole life of the process.
func (i *instance) run() {
	f := i.function
	defer f.running.Done()
	defer f.exited(i)
	lines := process.NewLines(f.runtime.logs, f.name)
	defer lines.Flush()
	cmd := exec.Command(f.bootstrap)
	cmd.Dir = filepath.Dir(f.bootstrap)
	cmd.Env = append(f.env[:len(f.env):len(f.env)], "AWS_LAMBDA_RUNTIME_API="+f.runtime.address+"/"+i.secret)
	cmd.Stdout, cmd.Stderr = lines, lines
	cmd.WaitDelay = pipeGrace
	if err := f.runtime.spawner.Start(cmd); err != nil {
		i.failed(err)
		return
	}
	i.started(cmd)
	if err := cmd.Wait(); err != nil {
		i.failed(err)
	} else {
		i.failed(errors.New("exit status 0"))
	}
}

func (i *instance) started(cmd *exec.Cmd) {
	i.function.mu.Lock()
	defer i.function.mu.Unlock()
	i.cmd = cmd
	if i.condemned {
		i.kill()
	}
}

// failed keeps the first reason, which is nearest to the cause.
func (i *instance) failed(err error) {
	i.function.mu.Lock()
	defer i.function.mu.Unlock()
	if i.failure == nil {
		i.failure = err
	}
}

// endStart kills a process that never asked for work.
func (i *instance) endStart() {
	i.function.mu.Lock()
	defer i.function.mu.Unlock()
	if i.state == starting {
		i.kill()
	}
}

// kill ends the process, now or as soon as it exists. mu is held; exited
// follows when the process has ended.
func (i *instance) kill() {
	i.condemned = true
	if i.cmd != nil {
		_ = i.cmd.Process.Kill() // an error means that it has ended
	}
}

// poll is the process asking for work: what it did before is over. It returns
// nil where there is nothing yet; wake then tells when to ask again.
func (i *instance) poll() *invocation {
	f := i.function
	f.mu.Lock()
	defer f.mu.Unlock()
	switch i.state {
	case assigned: // the process lives: now the invocation is its own
		i.state = busy
		return i.call
	case idle, gone:
		return nil
	case busy:
		f.finish(i.call, nil, &FunctionError{"Runtime.NoAnswer", "The process asked for the next invocation without an answer to this one."})
	case starting, returning:
		f.coming--
	}
	f.release(i)
	if f.queue.Len() == 0 {
		i.state = idle
		f.idle = append(f.idle, i)
		return nil
	}
	// Only what came before our last word to the process came surely before
	// this request of it; see next.
	if f.queue.Front().Value.(*invocation).arrival > i.heard {
		f.offer(i)
		return nil
	}
	f.assign(i, busy)
	return i.call
}

// complete is the process answering the invocation id. It reports whether the
// process has that invocation.
func (i *instance) complete(id string, payload []byte, err error) bool {
	f := i.function
	f.mu.Lock()
	defer f.mu.Unlock()
	if i.state != busy || i.call.id != id {
		return false
	}
	f.finish(i.call, payload, err)
	i.state, i.heard = returning, f.arrivals
	f.coming++
	return true
}
