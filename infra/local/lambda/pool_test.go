package lambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/lambda"
)

// kill9 ends a process as nothing in it can prevent.
func kill9(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// stop halts a process, which takes a moment: its threads have to notice.
func stop(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(stat), ") T ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("process %d does not stop", pid)
}

func TestKilledIdleProcessCostsNothing(t *testing.T) {
	f, _ := function(t, lambda.Settings{})
	for n := range 100 {
		kill9(t, mustInvoke(t, f, event{Text: "before"}).PID)
		// From at once to well after its end was noticed.
		time.Sleep(time.Duration(n%10) * 300 * time.Microsecond)
	}
	mustInvoke(t, f, event{Text: "after"})
}

func TestStoppedIdleProcessThatIsKilledCostsNothing(t *testing.T) {
	f, _ := function(t, lambda.Settings{})
	pid := mustInvoke(t, f, event{}).PID
	// A stopped process is surely assigned the next invocation and never sees it.
	stop(t, pid)
	time.AfterFunc(100*time.Millisecond, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if got := mustInvoke(t, f, event{Text: "kept"}); got.PID == pid {
		t.Fatal("a stopped process answered")
	}
}

func TestKilledBusyProcessFailsItsInvocationOnly(t *testing.T) {
	f, _ := function(t, lambda.Settings{})
	pid := mustInvoke(t, f, event{}).PID
	time.AfterFunc(100*time.Millisecond, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	start := time.Now()
	if _, err := invoke(f, event{Mode: "sleep", Milli: 10_000}); !errors.Is(err, lambda.ErrCrashed) {
		t.Fatalf("got %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Fatalf("noticed after %v", took)
	}
	mustInvoke(t, f, event{Text: "next"})
}

func TestManyOverTheBoundAreAllAnswered(t *testing.T) {
	const bound = 8
	f, _ := function(t, lambda.Settings{MaxProcesses: bound})
	var all sync.WaitGroup
	var pids sync.Map
	for n := range 200 {
		all.Go(func() {
			text := strconv.Itoa(n)
			got, err := invoke(f, event{Mode: "sleep", Milli: 5, Text: text})
			if err != nil || got.Text != text {
				t.Errorf("%s: %+v, %v", text, got, err)
			}
			pids.Store(got.PID, true)
		})
	}
	all.Wait()
	count := 0
	pids.Range(func(any, any) bool { count++; return true })
	if count > bound || count < 2 {
		t.Fatalf("%d processes, bound %d", count, bound)
	}
}

func TestKillsUnderLoadFailOnlyWhatRan(t *testing.T) {
	f, _ := function(t, lambda.Settings{MaxProcesses: 4})
	var all sync.WaitGroup
	var crashed atomic.Int32
	const kills = 20
	last := make(chan int, 1000)
	for range 400 {
		all.Go(func() {
			got, err := invoke(f, event{Mode: "sleep", Milli: 2, Text: "x"})
			switch {
			case errors.Is(err, lambda.ErrCrashed):
				crashed.Add(1)
			case err != nil:
				t.Error(err)
			default:
				last <- got.PID
			}
		})
	}
	for range kills {
		_ = syscall.Kill(<-last, syscall.SIGKILL) // may be dead already
		time.Sleep(time.Millisecond)
	}
	all.Wait()
	if got := crashed.Load(); got > kills {
		t.Fatalf("%d invocations failed of %d kills", got, kills)
	}
}

func TestWaitingIsFirstComeFirstServedAndBounded(t *testing.T) {
	f, _ := function(t, lambda.Settings{MaxProcesses: 1, Timeout: time.Second})
	mustInvoke(t, f, event{})
	order := make(chan string, 4)
	var all sync.WaitGroup
	submit := func(name string, e event, want error) {
		all.Go(func() {
			if _, err := invoke(f, e); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
			order <- name
		})
		time.Sleep(50 * time.Millisecond)
	}
	submit("first", event{Mode: "sleep", Milli: 400}, nil)
	submit("second", event{}, nil)
	submit("hog", event{Mode: "sleep", Milli: 60_000}, lambda.ErrTimeout)
	submit("late", event{}, nil) // its second ends after the hog's
	all.Wait()
	close(order)
	var got []string
	for name := range order {
		got = append(got, name)
	}
	if want := "first second hog late"; strings.Join(got, " ") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestNoProcessInTime(t *testing.T) {
	f, _ := function(t, lambda.Settings{MaxProcesses: 1, Timeout: 500 * time.Millisecond})
	pid := mustInvoke(t, f, event{}).PID
	time.Sleep(50 * time.Millisecond) // now it asks for work
	stop(t, pid)
	if _, err := invoke(f, event{}); !errors.Is(err, lambda.ErrThrottled) {
		t.Fatalf("got %v", err)
	}
	mustInvoke(t, f, event{Text: "another process"})
}

func TestCallerThatLeaves(t *testing.T) {
	f, logs := function(t, lambda.Settings{MaxProcesses: 1})
	pid := mustInvoke(t, f, event{}).PID
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Invoke(ctx, []byte(`{"mode":"sleep","milli":300}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("running: got %v", err)
	}
	if _, err := f.Invoke(ctx, []byte(`{"mode":"log","text":"never"}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("waiting: got %v", err)
	}
	if got := mustInvoke(t, f, event{}); got.PID != pid {
		t.Fatal("the running one did not run to its end")
	}
	if strings.Contains(logs.String(), "never") {
		t.Fatal("the waiting one ran")
	}
}

func TestNoOrphans(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_PARENT="+os.Getenv("TEST_BOOTSTRAP"))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(stdout)
	if err != nil {
		t.Fatal(err)
	}
	pids := strings.Fields(string(out))
	if len(pids) != 4 {
		t.Fatalf("the parent has %q", pids)
	}
	kill9(t, cmd.Process.Pid)
	_ = cmd.Wait() // "signal: killed"
	for _, pid := range pids {
		waitGone(t, pid)
	}
}

// waitGone waits until the process has ended: it is gone, or a zombie that
// init has not collected yet.
func waitGone(t *testing.T, pid string) {
	t.Helper()
	for range 200 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("process %s is left", pid)
}
