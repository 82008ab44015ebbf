package chariot

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/cirruslink/chariot-license/shared/license"
)

// machineFile is machine.json.
type machineFile struct {
	Format int `json:"format"`
	// InstallationID is 256 random bits, made with the machine.
	InstallationID string `json:"installationId"`
	// Computer stands for the computer that the machine is at home on; absent, and
	// the machine is at home wherever its state is.
	Computer string `json:"computer,omitzero"`
}

// An identity is who a machine is: this installation, on this computer.
type identity struct {
	installation []byte
	// home is the computer on record, here the one that we are on. They differ
	// where the state came from another computer, or the computer was set up anew.
	home, here string
}

// fingerprint is what the license server knows the machine by:
// SHA-256("chariot-fingerprint-v1" ‖ installation ID ‖ the text of here). It tells
// nothing of either, and neither tells anything of the computer.
func (i identity) fingerprint() license.Fingerprint {
	sum := sha256.Sum256(append(append([]byte("chariot-fingerprint-v1"), i.installation...), i.here...))
	return license.Fingerprint(hex.EncodeToString(sum[:]))
}

// computerName stands for a computer: hexadecimal SHA-256("chariot-computer-v1" ‖
// ID); empty if it has no ID. The operating system's own ID is not for others to see.
func computerName(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("chariot-computer-v1" + id))
	return hex.EncodeToString(sum[:])
}

// identify reads who the machine is, and makes a new one where there is none. An
// ID that cannot be read today has not changed; and a machine that never had one,
// in a container, stays without.
func (m *Machine) identify() (identity, error) {
	computer := computerName(cmp.Or(m.settings.MachineID, m.settings.computer.id()))
	var file machineFile
	err := m.disk.read(machineName, &file)
	if errors.Is(err, fs.ErrNotExist) {
		return m.newIdentity(computer)
	}
	if err != nil {
		return identity{}, err
	}
	id, err := hex.DecodeString(file.InstallationID)
	if err != nil || len(id) != 32 {
		return identity{}, m.disk.damaged(machineName, errors.New("the installation ID is not 64 hexadecimal digits"))
	}
	who := identity{installation: id, home: file.Computer, here: file.Computer}
	if file.Computer != "" && computer != "" {
		who.here = computer
	}
	return who, nil
}

// newIdentity makes a new machine, but not one that takes over the license of
// another whose identity is lost.
func (m *Machine) newIdentity(computer string) (identity, error) {
	if m.disk.has(licenseName) {
		return identity{}, &StateError{Path: filepath.Join(m.disk.dir, machineName), Err: errors.New("it is missing, though there is a license.json: bring it back from a backup, or empty the directory and activate as a new machine")}
	}
	who := identity{installation: make([]byte, 32), here: computer}
	rand.Read(who.installation)
	return who, m.moveIn(&who)
}

// moveIn makes the computer that we are on the machine's home.
func (m *Machine) moveIn(who *identity) error {
	if who.home == who.here && m.disk.has(machineName) {
		return nil
	}
	if err := m.disk.write(machineName, machineFile{formatNow, hex.EncodeToString(who.installation), who.here}); err != nil {
		return err
	}
	who.home = who.here
	return nil
}

// changed reports whether the seat is that of another computer: the state was
// copied, or the operating system was installed anew.
func (m *Machine) changed(s *licenseFile) bool {
	return s.Activation != nil && s.Activation.Fingerprint != m.fingerprint
}
