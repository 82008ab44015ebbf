package chariot

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/licensetest"
)

// An order is what a test has a client do, in either language. Java's Client reads
// the same members.
type order struct {
	Do string `json:"do"`

	// Of open.
	Dir           string                `json:"dir,omitzero"`
	Server        string                `json:"server,omitzero"`
	Roots         []certificate.RootKey `json:"roots,omitzero"`
	Proxy         string                `json:"proxy,omitzero"`
	ProxyUser     string                `json:"proxyUser,omitzero"`
	ProxyPassword string                `json:"proxyPassword,omitzero"`
	CAFile        string                `json:"caFile,omitzero"`
	Address       string                `json:"address,omitzero"`
	PlainHTTP     bool                  `json:"plainHttp,omitzero"`
	Hostname      string                `json:"hostname,omitzero"`
	Version       string                `json:"version,omitzero"`
	MachineID     string                `json:"machineId,omitzero"`
	// NoComputer says that the computer has no ID.
	NoComputer     bool      `json:"noComputer,omitzero"`
	PatienceMillis int64     `json:"patienceMillis"`
	Now            time.Time `json:"now,omitzero"`
	OffMillis      int64     `json:"offMillis,omitzero"`
	// TryMillis bounds one try.
	TryMillis int64 `json:"tryMillis,omitzero"`
	// Sleeps says that the waits between tries are waited.
	Sleeps bool `json:"sleeps,omitzero"`

	// Of the calls.
	Text string `json:"text,omitzero"`
	// Steps is how many steps of writes there may be before the client is killed.
	Steps *int `json:"steps,omitzero"`
	// CalmSteps is how many there are before Java is interrupted.
	CalmSteps       *int  `json:"calmSteps,omitzero"`
	StopAfterMillis int64 `json:"stopAfterMillis,omitzero"`
}

// An outcome is what came of an order.
type outcome struct {
	// Kind is that of the error; empty: none.
	Kind, Says  string
	Status      json.RawMessage
	Findings    []Finding
	Waits       []string
	Fingerprint string
	Server      string
	// Trace and Prints are all that the client gives away in logs.
	Trace, Prints string
	Interrupted   bool
}

// word is what came of an order in one word.
func (o outcome) word() string {
	var s Status
	switch {
	case o.Kind != "":
		return o.Kind
	case o.Status == nil:
		return "done"
	case json.Unmarshal(o.Status, &s) == nil && s.Licensed:
		return "licensed"
	}
	return "not licensed"
}

// A client is a machine in the hands of a test.
type client interface {
	do(order) outcome
}

// A goClient is the client of this package.
type goClient struct {
	*testing.T
	*Machine
	try   time.Duration
	waits []string
	steps int // left; negative: any number
}

func (c *goClient) do(o order) (out outcome) {
	defer func() {
		if p := recover(); p == any(killed{}) {
			out.Kind = "killed"
		} else if p != nil {
			panic(p)
		}
		out.Waits = c.waits
	}()
	c.waits, c.steps = nil, -1
	if o.Steps != nil {
		c.steps = *o.Steps
	}
	status, err := c.act(o, &out)
	if err != nil {
		out.Kind, out.Says = errorKind(err), err.Error()
	} else if status != nil {
		out.Status, err = json.Marshal(status)
	}
	if out.Status != nil && err != nil {
		c.Fatal(err)
	}
	return out
}

func (c *goClient) act(o order, out *outcome) (*Status, error) {
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	if o.StopAfterMillis > 0 {
		time.AfterFunc(time.Duration(o.StopAfterMillis)*time.Millisecond, cancel)
	}
	if c.try > 0 {
		ctx, cancel = context.WithTimeout(ctx, c.try)
		defer cancel()
	}
	switch o.Do {
	case "open":
		return nil, c.open(o, out)
	case "close":
		return nil, c.Close()
	case "pin":
		return nil, c.Pin(o.Server, o.Roots)
	case "diagnose":
		out.Findings = c.Diagnose(ctx)
		return nil, nil
	case "activate":
		return c.Activate(ctx, o.Text)
	case "reactivate":
		return c.Reactivate(ctx)
	case "deactivate":
		return c.Deactivate(ctx)
	}
	return c.Status()
}

func (c *goClient) open(o order, out *outcome) (err error) {
	s := Settings{
		Server: o.Server, Roots: o.Roots, Proxy: o.Proxy, ProxyUser: o.ProxyUser, ProxyPassword: o.ProxyPassword,
		CAFile: o.CAFile, Address: o.Address, PlainHTTP: o.PlainHTTP, Hostname: o.Hostname, Version: o.Version,
		MachineID: o.MachineID, Patience: time.Duration(o.PatienceMillis) * time.Millisecond,
		OnWait: func(why error, _ time.Duration) { c.waits = append(c.waits, why.Error()) },
		Now:    func() time.Time { return time.Now().Add(time.Duration(o.OffMillis) * time.Millisecond) },
	}
	if o.NoComputer {
		s.computer = computer{system: "none"}
	}
	if o.PatienceMillis == 0 {
		s.Patience = -1
	}
	if !o.Now.IsZero() {
		s.Now = func() time.Time { return o.Now }
	}
	c.try = time.Duration(o.TryMillis) * time.Millisecond
	if c.Machine, err = open(o.Dir, s, c.beforeStep); err != nil {
		return err
	}
	if !o.Sleeps {
		c.sleep = func(context.Context, time.Duration) error { return nil }
	}
	out.Fingerprint, out.Server = string(c.Fingerprint()), c.Server()
	return nil
}

func (c *goClient) beforeStep(string) {
	if c.steps--; c.steps == -1 {
		panic(killed{})
	}
}

// errorKind is the name of an error's type, as Java's exception has it. What is wrong
// with the disk comes first.
func errorKind(err error) string {
	for _, kind := range []error{
		&StateError{}, &Problem{}, &Refusal{}, &UnreachableError{}, &AnswerError{}, &UntrustedError{}, &SettingsError{}, &LicenseTextError{},
	} {
		if errors.As(err, reflect.New(reflect.TypeOf(kind)).Interface()) {
			return strings.ToLower(strings.TrimSuffix(reflect.TypeOf(kind).Elem().Name(), "Error"))
		}
	}
	return "unknown"
}

// A javaClient is the Java client, in a process of its own.
type javaClient struct {
	*testing.T
	in   io.WriteCloser
	out  *bufio.Reader
	said bytes.Buffer
}

// startJava starts one; without a JDK it skips the test.
func startJava(t *testing.T) *javaClient {
	t.Helper()
	java := exec.Command("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp", licensetest.Java(t),
		"com.cirruslink.chariot.license.Client")
	c := &javaClient{T: t}
	java.Stderr = &c.said
	in, errIn := java.StdinPipe()
	out, errOut := java.StdoutPipe()
	if err := errors.Join(errIn, errOut, java.Start()); err != nil {
		t.Fatal(err)
	}
	c.in, c.out = in, bufio.NewReader(out)
	t.Cleanup(func() {
		_ = c.in.Close() // it ends where nobody speaks any more
		if err := java.Wait(); err != nil || c.said.Len() > 0 {
			t.Errorf("java: %v\n%s", err, c.said.Bytes())
		}
	})
	return c
}

func (c *javaClient) do(o order) outcome {
	c.Helper()
	var out outcome
	c.ask(o, &out)
	return out
}

// ask has Java answer a question in JSON.
func (c *javaClient) ask(question, answer any) {
	c.Helper()
	text, err := json.Marshal(question)
	if err == nil {
		_, err = fmt.Fprintf(c.in, "%s\n", text)
	}
	line, errRead := c.out.ReadBytes('\n')
	if err = errors.Join(err, errRead); err != nil {
		c.Fatalf("%s: %v", text, err)
	}
	if err := json.Unmarshal(line, answer); err != nil {
		c.Fatalf("%s: %v", line, err)
	}
}
