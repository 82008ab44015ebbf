package lambda_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/cirruslink/chariot-license/infra/local/lambda"
)

// TestMain builds the function of all tests, and is the parent program that
// TestNoOrphans kills.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_PARENT") != "" {
		parent(os.Getenv("TEST_PARENT"))
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambda-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(dir, "bootstrap"), "./testdata/bootstrap")
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	os.Setenv("TEST_BOOTSTRAP", filepath.Join(dir, "bootstrap")) // also shows that nothing of ours leaks
	return m.Run()
}

// parent runs a function and says which processes it has, until it is killed.
func parent(bootstrap string) {
	rt, err := lambda.NewRuntime(os.Stderr)
	if err != nil {
		panic(err)
	}
	f := rt.Function(lambda.Settings{Name: "demo", Bootstrap: bootstrap})
	var all sync.WaitGroup
	pids := make(chan int, 4)
	for range 4 {
		all.Go(func() {
			got, err := invoke(f, event{Mode: "sleep", Milli: 100})
			if err != nil {
				panic(err)
			}
			pids <- got.PID
		})
	}
	all.Wait()
	go func() { _, _ = invoke(f, event{Mode: "sleep", Milli: 60_000}) }()
	for range 4 {
		os.Stdout.WriteString(strconv.Itoa(<-pids) + "\n")
	}
	os.Stdout.Close()
	select {}
}
