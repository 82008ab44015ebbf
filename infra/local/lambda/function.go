package lambda

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// maxFailedStarts is how many processes may die before they ask for work until
// the invocation that waits longest fails. One would be as AWS does it; the
// further ones forgive a process that somebody killed while it started.
const maxFailedStarts = 3

// A Function is a pool of processes of one bootstrap, and the invocations that
// wait for them.
type Function struct {
	runtime   *Runtime
	name      string
	bootstrap string
	env       []string
	timeout   time.Duration
	max       int
	running   sync.WaitGroup // the processes

	// mu guards what follows, and the marked members of instance and invocation.
	mu        sync.Mutex
	instances map[*instance]struct{}
	idle      []*instance // ask for work; the one used last is at the end
	coming    int         // are starting or about to ask for work again
	queue     list.List   // of *invocation: those that no process has
	arrivals  uint64      // invocations so far
	closed    bool
}

// An invocation is one payload on its way to one answer.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	answer   chan answer // buffered: whoever has the answer never waits

	// Guarded by the function's mu.
	arrival      uint64 // the how manieth it is
	timer        *time.Timer
	queued       *list.Element // nil once a process has it
	instance     *instance     // nil until a process has it
	answered     bool
	failedStarts int
}

type answer struct {
	payload []byte
	err     error
}

// Invoke hands payload to a process and returns its answer. It waits for a
// process and for the answer as long as the function's timeout in all.
//
// An invocation runs in one process only. One that a process may have begun is
// never repeated; one that no process got is not affected by their deaths. When
// ctx ends while it waits, it never runs; later, it runs to its end unheard.
//
// The errors are ErrTimeout, ErrThrottled, ErrCrashed, ErrClosed, a
// *FunctionError, or that of ctx.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	call, err := f.enqueue(payload)
	if err != nil {
		return nil, err
	}
	select {
	case a := <-call.answer:
		return a.payload, a.err
	case <-ctx.Done():
		f.withdraw(call)
		return nil, ctx.Err()
	}
}

func (f *Function) enqueue(payload []byte) (*invocation, error) {
	call := &invocation{
		id:       newUUID(),
		payload:  payload,
		deadline: time.Now().Add(f.timeout),
		answer:   make(chan answer, 1),
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	f.arrivals++
	call.arrival = f.arrivals
	call.queued = f.queue.PushBack(call)
	call.timer = time.AfterFunc(f.timeout, func() { f.expire(call) })
	f.dispatch()
	return call, nil
}

// dispatch gives waiting invocations to idle processes and starts processes for
// the rest. It is called with mu held, after each change that could help.
func (f *Function) dispatch() {
	for f.queue.Len() > 0 && len(f.idle) > 0 {
		last := len(f.idle) - 1
		i := f.idle[last]
		f.idle = f.idle[:last]
		f.offer(i)
	}
	for !f.closed && f.queue.Len() > f.coming && len(f.instances) < f.max {
		f.spawn()
	}
}

// offer assigns the invocation that waits longest to i and lets i ask again.
// mu is held.
func (f *Function) offer(i *instance) {
	f.assign(i, assigned)
	select {
	case i.wake <- struct{}{}:
	default: // a wake that it has not seen yet does as well
	}
}

// assign gives the invocation that waits longest to i. mu is held.
func (f *Function) assign(i *instance, state state) {
	call := f.queue.Remove(f.queue.Front()).(*invocation)
	call.queued, call.instance = nil, i
	i.call, i.state = call, state
}

// requeue puts the invocation that i never took back, at the front, unless it is
// answered: its time was over. mu is held.
func (f *Function) requeue(i *instance) {
	call := i.call
	i.call, call.instance = nil, nil
	if call.answered {
		call.timer.Stop()
		return
	}
	call.queued = f.queue.PushFront(call)
}

// finish answers call, unless it is answered. mu is held.
func (f *Function) finish(call *invocation, payload []byte, err error) {
	if call.answered {
		return
	}
	call.answered = true
	call.answer <- answer{payload, err}
}

// expire ends what an invocation still is at its deadline: waiting, or running
// in a process, or over in a process that does not come back for more.
func (f *Function) expire(call *invocation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case call.queued != nil:
		f.drop(call)
		f.finish(call, nil, ErrThrottled)
	case call.instance != nil && call.instance.state == assigned:
		f.finish(call, nil, ErrThrottled)
		call.instance.kill()
	case call.instance != nil:
		f.finish(call, nil, ErrTimeout)
		call.instance.kill()
	}
}

// withdraw forgets an invocation that waits and lets a running one run.
func (f *Function) withdraw(call *invocation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if call.queued != nil {
		f.drop(call)
	}
}

// drop takes call out of the queue. mu is held.
func (f *Function) drop(call *invocation) {
	f.queue.Remove(call.queued)
	call.queued = nil
	call.timer.Stop()
}

// blame counts a process that died before it asked for work against the
// invocation that waits longest. mu is held.
func (f *Function) blame(i *instance) {
	if f.queue.Len() == 0 {
		return
	}
	call := f.queue.Front().Value.(*invocation)
	call.failedStarts++
	if call.failedStarts < maxFailedStarts {
		return
	}
	f.drop(call)
	var told *FunctionError
	if errors.As(i.failure, &told) {
		f.finish(call, nil, told)
		return
	}
	f.finish(call, nil, fmt.Errorf("%w while it started: %w", ErrCrashed, i.failure))
}

// exited takes i out of the pool: its process has ended.
func (f *Function) exited(i *instance) {
	f.runtime.forget(i)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.instances, i)
	switch i.state {
	case starting:
		f.coming--
		f.blame(i)
	case idle:
		f.idle = slices.DeleteFunc(f.idle, func(other *instance) bool { return other == i })
	case assigned:
		f.requeue(i)
	case busy:
		f.finish(i.call, nil, fmt.Errorf("%w: %w", ErrCrashed, i.failure))
		f.release(i)
	case returning:
		f.coming--
		f.release(i)
	}
	i.state = gone
	f.dispatch()
}

// release ends the tie between i and its invocation. mu is held.
func (f *Function) release(i *instance) {
	if i.call != nil {
		i.call.timer.Stop()
		i.call.instance = nil
		i.call = nil
	}
}

// close refuses and fails invocations and kills the processes.
func (f *Function) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for f.queue.Len() > 0 {
		call := f.queue.Front().Value.(*invocation)
		f.drop(call)
		f.finish(call, nil, ErrClosed)
	}
	for i := range f.instances {
		if i.call != nil {
			f.finish(i.call, nil, ErrClosed)
		}
		i.kill()
	}
}
