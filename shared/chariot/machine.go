package chariot

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cirruslink/chariot-license/shared/certificate"
	"github.com/cirruslink/chariot-license/shared/license"
)

// A Machine is one Chariot installation: what its state directory holds. It is
// safe for concurrent use; calls to the server take their turns, and Status
// never waits for them.
type Machine struct {
	settings    Settings
	client      *http.Client
	disk        disk
	lock        *os.File
	closed      atomic.Bool
	identity    identity
	fingerprint license.Fingerprint
	server      string
	roots       []certificate.RootKey

	// turn holds one token: who has it may change the state.
	turn chan struct{}
	// sleep waits between tries; tests do not.
	sleep func(context.Context, time.Duration) error
}

// Open opens the state directory, and makes it, with a new machine in it, where
// there is none. It fails with *SettingsError or *StateError; the latter is
// ErrInUse while another process has it open. Close the Machine in the end.
func Open(dir string, s Settings) (*Machine, error) {
	return open(dir, s, nil)
}

// open is Open with a hook that runs before each step of a write.
func open(dir string, s Settings, before func(step string)) (*Machine, error) {
	s = s.complete()
	server, err := s.checkServer(s.Server)
	if err != nil {
		return nil, err
	}
	client, err := s.newClient()
	if err != nil {
		return nil, err
	}
	m := &Machine{
		settings: s, client: client, disk: disk{dir: dir, before: before}, server: server, roots: s.Roots,
		turn: make(chan struct{}, 1), sleep: sleep,
	}
	m.turn <- struct{}{}
	if err := m.disk.makeDir(); err != nil {
		return nil, err
	}
	if m.lock, err = lockDir(dir); err != nil {
		return nil, err
	}
	if err := m.load(); err != nil {
		_ = m.Close() // the reason is err
		return nil, err
	}
	return m, nil
}

// Close gives the state directory back. Calls begin no more; one that is under way
// should have ended before.
func (m *Machine) Close() error {
	m.closed.Store(true)
	return m.lock.Close()
}

// Fingerprint is how the license server knows this machine.
func (m *Machine) Fingerprint() license.Fingerprint { return m.fingerprint }

// Server is the URL of the license server; empty if none was given or pinned.
func (m *Machine) Server() string { return m.server }

// Roots are the root keys that count; none if none were given or pinned.
func (m *Machine) Roots() []certificate.RootKey { return slices.Clone(m.roots) }

// Pinned reports whether a server and its root keys are remembered.
func (m *Machine) Pinned() bool { return m.disk.has(rootsName) }

// Pin remembers a server and its root keys: from now on they are what Open finds
// where its Settings leave them out. Call it before the Machine is shared.
func (m *Machine) Pin(server string, roots []certificate.RootKey) error {
	server, err := m.settings.checkServer(server)
	if err != nil {
		return err
	}
	pinned, err := m.pinned()
	if err != nil {
		return err
	}
	same := pinned.Server == server && slices.Equal(pinned.RootKeys, roots)
	if same && m.disk.has(rootsName) {
		m.server, m.roots = server, slices.Clone(roots)
		return nil
	}
	if err := m.disk.write(rootsName, rootsFile{formatNow, server, roots}); err != nil {
		return err
	}
	m.server, m.roots = server, slices.Clone(roots)
	return nil
}

// load reads who the machine is and what was pinned, and whether all of the
// state can be read: better now than in the middle of a call.
func (m *Machine) load() error {
	var err error
	if m.identity, err = m.identify(); err != nil {
		return err
	}
	m.fingerprint = m.identity.fingerprint()
	pinned, err := m.pinned()
	if err != nil {
		return err
	}
	if m.server == "" {
		if m.server, err = m.settings.checkServer(pinned.Server); err != nil {
			return err
		}
	}
	if len(m.roots) == 0 {
		m.roots = pinned.RootKeys
	}
	state, err := m.licenseState()
	if err != nil {
		return err
	}
	if !m.changed(&state) {
		if err := m.moveIn(&m.identity); err != nil {
			return err
		}
	}
	_, err = m.trustState()
	return err
}

// pinned returns what roots.json says; nothing where there is none.
func (m *Machine) pinned() (rootsFile, error) {
	var file rootsFile
	err := m.disk.read(rootsName, &file)
	if errors.Is(err, fs.ErrNotExist) {
		return rootsFile{}, nil
	}
	return file, err
}
