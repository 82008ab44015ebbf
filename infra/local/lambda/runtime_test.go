package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/infra/local/lambda"
)

// logs is a writer that a test may read while functions write.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// function starts a runtime with one function, whose logs it returns.
func function(t *testing.T, s lambda.Settings) (*lambda.Function, *logs) {
	t.Helper()
	l := &logs{}
	rt, err := lambda.NewRuntime(l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rt.Close() })
	s.Name = "demo"
	if s.Bootstrap == "" {
		s.Bootstrap = os.Getenv("TEST_BOOTSTRAP")
	}
	return rt.Function(s), l
}

// event is what testdata/bootstrap understands.
type event struct {
	Mode  string
	Text  string
	Milli int
	Bytes int
}

type echo struct {
	Text string
	PID  int
}

func invoke(f *lambda.Function, e event) (echo, error) {
	payload, _ := json.Marshal(e)
	answer, err := f.Invoke(context.Background(), payload)
	var got echo
	if err == nil {
		err = json.Unmarshal(answer, &got)
	}
	return got, err
}

func mustInvoke(t *testing.T, f *lambda.Function, e event) echo {
	t.Helper()
	got, err := invoke(f, e)
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	if got.Text != e.Text {
		t.Fatalf("%+v answered %q", e, got.Text)
	}
	return got
}

func TestOneProcessAnswersOneAfterTheOther(t *testing.T) {
	f, _ := function(t, lambda.Settings{})
	first := mustInvoke(t, f, event{Text: "one"})
	for range 50 {
		if again := mustInvoke(t, f, event{Text: "two"}); again.PID != first.PID {
			t.Fatalf("process %d, then %d", first.PID, again.PID)
		}
	}
}

func TestFailures(t *testing.T) {
	f, _ := function(t, lambda.Settings{Timeout: 2 * time.Second})
	var told *lambda.FunctionError
	tests := []struct {
		name  string
		event event
		check func(error) bool
	}{
		{"error", event{Mode: "error", Text: "no"}, func(err error) bool {
			return errors.As(err, &told) && told.Type == "errorString" && told.Message == "no"
		}},
		{"panic", event{Mode: "panic"}, func(err error) bool {
			return errors.As(err, &told) && told.Message == "asked to"
		}},
		{"exit", event{Mode: "exit"}, func(err error) bool {
			return errors.Is(err, lambda.ErrCrashed) && strings.Contains(err.Error(), "exit status 7")
		}},
		{"timeout", event{Mode: "sleep", Milli: 60_000}, func(err error) bool { return errors.Is(err, lambda.ErrTimeout) }},
		{"answer over the limit", event{Mode: "big", Bytes: lambda.MaxResponse}, func(err error) bool {
			return errors.As(err, &told) && told.Type == "Function.ResponseSizeTooLarge"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := invoke(f, tt.event); err == nil || !tt.check(err) {
				t.Fatalf("got %v", err)
			}
			mustInvoke(t, f, event{Text: "the next one works"})
		})
	}
}

func TestAnswerOfTheLargestSize(t *testing.T) {
	f, _ := function(t, lambda.Settings{})
	payload, _ := json.Marshal(event{Mode: "big", Bytes: lambda.MaxResponse - 2})
	answer, err := f.Invoke(context.Background(), payload)
	if err != nil || len(answer) != lambda.MaxResponse {
		t.Fatalf("%d bytes, %v", len(answer), err)
	}
}

func TestLogsCarryTheName(t *testing.T) {
	f, logs := function(t, lambda.Settings{})
	mustInvoke(t, f, event{Mode: "log", Text: "first\nsecond"})
	_, _ = invoke(f, event{Mode: "exit"}) // its last line has no end
	for _, line := range []string{"[demo] first\n", "[demo] second\n", "[demo] no end of line\n"} {
		if !strings.Contains(logs.String(), line) {
			t.Errorf("no line %q in %q", line, logs)
		}
	}
}

func TestEnvironmentIsLambdas(t *testing.T) {
	t.Setenv("AWS_PROFILE", "somebody")
	f, _ := function(t, lambda.Settings{Env: map[string]string{"TABLE": "licenses", "AWS_REGION": "eu-west-1"}})
	answer, err := f.Invoke(context.Background(), []byte(`{"mode":"env"}`))
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	if err := json.Unmarshal(answer, &env); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TABLE=licenses", "AWS_REGION=eu-west-1", "AWS_LAMBDA_FUNCTION_NAME=demo", "_HANDLER=bootstrap", "AWS_ACCESS_KEY_ID=local"} {
		if !slices.Contains(env, want) {
			t.Errorf("no %s in %q", want, env)
		}
	}
	for _, pair := range env {
		for _, leak := range []string{"AWS_PROFILE=", "HOME=", "TEST_BOOTSTRAP=", "USER="} {
			if strings.HasPrefix(pair, leak) {
				t.Errorf("%s leaked", pair)
			}
		}
	}
}

func TestContextOfTheInvocation(t *testing.T) {
	f, _ := function(t, lambda.Settings{Timeout: 5 * time.Second})
	answer, err := f.Invoke(context.Background(), []byte(`{"mode":"context"}`))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ID, ARN string
		Left    int
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.ID) != 36 || got.ARN != "arn:aws:lambda:us-east-1:000000000000:function:demo" || got.Left < 3000 || got.Left > 5000 {
		t.Fatalf("got %+v", got)
	}
}

func TestProcessThatCannotStart(t *testing.T) {
	script := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(script, []byte("no program"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		settings lambda.Settings
	}{
		{"missing", lambda.Settings{Bootstrap: "/nowhere/bootstrap"}},
		{"no program", lambda.Settings{Bootstrap: script}},
		{"exits at once", lambda.Settings{Env: map[string]string{"TEST_INIT": "exit"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := function(t, tt.settings)
			if _, err := invoke(f, event{}); !errors.Is(err, lambda.ErrCrashed) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestProcessThatNeverAsksForWork(t *testing.T) {
	f, _ := function(t, lambda.Settings{Timeout: 300 * time.Millisecond, Env: map[string]string{"TEST_INIT": "hang"}})
	if _, err := invoke(f, event{}); !errors.Is(err, lambda.ErrThrottled) {
		t.Fatalf("got %v", err)
	}
}

func TestInvokeAfterClose(t *testing.T) {
	rt, err := lambda.NewRuntime(&logs{})
	if err != nil {
		t.Fatal(err)
	}
	f := rt.Function(lambda.Settings{Name: "demo", Bootstrap: os.Getenv("TEST_BOOTSTRAP")})
	got := mustInvoke(t, f, event{})
	running := make(chan error, 1)
	go func() {
		_, err := invoke(f, event{Mode: "sleep", Milli: 60_000})
		running <- err
	}()
	time.Sleep(50 * time.Millisecond)
	for range 2 {
		if err := rt.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-running; !errors.Is(err, lambda.ErrClosed) {
		t.Fatalf("the running one got %v", err)
	}
	if _, err := invoke(f, event{}); !errors.Is(err, lambda.ErrClosed) {
		t.Fatalf("a late one got %v", err)
	}
	if err := syscall.Kill(got.PID, 0); !errors.Is(err, syscall.ESRCH) {
		t.Fatalf("process %d is left: %v", got.PID, err)
	}
}
