package licensetest

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// javaPackage is the package of the Java client and of the programs that test it.
const javaPackage = "com.cirruslink.chariot.license"

// compiled is the Java client with its tests, as a jar. It stays in memory, since
// no test's folder lasts as long as its siblings.
var compiled struct {
	once sync.Once
	jar  []byte
	err  error
}

// Java compiles the Java client and its test programs, once for all tests of a
// package, and returns the class path to run them with. A computer without a JDK
// skips the test; CI must have one.
func Java(t testing.TB) (classpath string) {
	t.Helper()
	if _, err := exec.LookPath("javac"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no JDK: install one, 11 or later")
		}
		t.Skip("skipped: there is no JDK (javac, 11 or later)")
	}
	compiled.once.Do(func() {
		compiled.jar, compiled.err = compileJava(filepath.Join(Root(t), "shared/chariot/java"), t.TempDir())
	})
	if compiled.err != nil {
		t.Fatal(compiled.err)
	}
	classpath = filepath.Join(t.TempDir(), "client.jar")
	if err := os.WriteFile(classpath, compiled.jar, 0o600); err != nil {
		t.Fatal(err)
	}
	return classpath
}

// compileJava compiles all sources below a folder, warnings being errors. They are
// ASCII, since before Java 18 javac reads them in the encoding of wherever it runs.
func compileJava(sources, out string) (jar []byte, err error) {
	// javac lives too briefly for more threads and a second compiler to pay off.
	args := []string{"-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", "--release", "11", "-Xlint:all", "-Werror", "-encoding", "US-ASCII", "-d", out}
	err = filepath.WalkDir(sources, func(path string, _ fs.DirEntry, err error) error {
		switch filepath.Ext(path) {
		case ".java":
			args = append(args, path)
		case ".json":
			return copyInto(out, sources, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if said, err := exec.Command("javac", args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("javac: %w\n%s", err, said)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	err = errors.Join(w.AddFS(os.DirFS(out)), w.Close())
	return b.Bytes(), err
}

// copyInto copies a resource of the client beside its classes.
func copyInto(out, sources, path string) error {
	name, err := filepath.Rel(sources, path)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	to := filepath.Join(out, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// AskJava runs a Java test program that answers each line of JSON with one, and
// calls answered with each question and its answer, in order.
func AskJava[Q, A any](t testing.TB, classpath, program string, questions iter.Seq[Q], answered func(Q, A)) error {
	t.Helper()
	java := exec.CommandContext(t.Context(), "java", "-XX:+UseSerialGC", "-Xmx256m", "-cp", classpath, javaPackage+"."+program)
	var said bytes.Buffer
	java.Stderr = &said
	in, err := java.StdinPipe()
	if err != nil {
		return err
	}
	out, err := java.StdoutPipe()
	if err != nil {
		return err
	}
	dieWithParent(java)
	if err := java.Start(); err != nil {
		return err
	}
	talk := &conversation[Q, A]{}
	go talk.ask(in, questions)
	err = talk.hear(out, answered)
	if err != nil {
		_ = java.Process.Kill() // nobody listens any more
	}
	if err = errors.Join(err, java.Wait()); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, said.Bytes())
	}
	talk.mu.Lock()
	defer talk.mu.Unlock()
	if len(talk.open) > 0 {
		return fmt.Errorf("%s left %d questions without an answer", program, len(talk.open))
	}
	return nil
}

// A conversation pairs answers with questions.
type conversation[Q, A any] struct {
	mu   sync.Mutex
	open []Q // not answered yet
}

// ask ends early where the program does, which says why.
func (c *conversation[Q, A]) ask(in io.WriteCloser, questions iter.Seq[Q]) {
	w := bufio.NewWriter(in)
	defer func() { _ = errors.Join(w.Flush(), in.Close()) }()
	encoder := json.NewEncoder(w)
	for question := range questions {
		c.mu.Lock()
		c.open = append(c.open, question)
		c.mu.Unlock()
		if encoder.Encode(question) != nil {
			return
		}
	}
}

func (c *conversation[Q, A]) hear(out io.Reader, answered func(Q, A)) error {
	decoder := json.NewDecoder(bufio.NewReader(out))
	for {
		var answer A
		if err := decoder.Decode(&answer); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		c.mu.Lock()
		if len(c.open) == 0 {
			c.mu.Unlock()
			return errors.New("an answer that nobody asked for")
		}
		question := c.open[0]
		c.open = c.open[1:]
		c.mu.Unlock()
		answered(question, answer)
	}
}
