package chariot

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// A computer is where an operating system keeps the ID that it gave itself when it
// was installed. Nothing else of the computer is read: network cards, disks and
// host names change in the life of a plant.
type computer struct {
	// system is as runtime.GOOS names it.
	system string
	// root is the top of the file system.
	root string
	// env reads the environment.
	env func(string) string
	// registry prints Windows' MachineGuid, as reg.exe does.
	registry func() (string, error)
}

func thisComputer() computer {
	return computer{runtime.GOOS, "/", os.Getenv, queryRegistry}
}

// id returns the ID of the operating system's installation in lower case, or
// nothing where there is none that lasts:
//
//   - in a container the mounted state is the machine, and its image's ID is not
//     this machine's: what Docker, Podman and Kubernetes leave is looked for
//   - Linux: /etc/machine-id, else /var/lib/dbus/machine-id. An ID that is mounted
//     over the file was made for this boot alone
//   - Windows: HKLM\SOFTWARE\Microsoft\Cryptography, MachineGuid, of 64 bits
//
// Source: machine-id(5); sysprep and cloning tools give each copy its own.
func (c computer) id() string {
	switch {
	case c.system == "windows":
		text, err := c.registry()
		if err != nil {
			return ""
		}
		return strings.ToLower(guid.FindString(text))
	case c.system != "linux" || c.inContainer() || c.idIsTransient():
		return ""
	}
	for _, name := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		text, err := os.ReadFile(filepath.Join(c.root, name))
		id := strings.ToLower(strings.TrimSpace(string(text)))
		if err == nil && machineID.MatchString(id) && strings.Trim(id, "0") != "" {
			return id
		}
	}
	return ""
}

var (
	machineID = regexp.MustCompile(`^[0-9a-f]{32}$`)
	guid      = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`)
)

func (c computer) inContainer() bool {
	for _, name := range []string{".dockerenv", "run/.containerenv"} {
		if _, err := os.Stat(filepath.Join(c.root, name)); err == nil {
			return true
		}
	}
	return c.env("KUBERNETES_SERVICE_HOST") != ""
}

// idIsTransient reports whether something is mounted on /etc/machine-id: systemd
// does that where /etc cannot be written, with a new ID at each boot.
func (c computer) idIsTransient() bool {
	mounts, _ := os.ReadFile(filepath.Join(c.root, "proc/self/mountinfo")) // unreadable: nothing is known of mounts
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 4 && fields[4] == "/etc/machine-id" {
			return true
		}
	}
	return false
}

// registryTime is far above what reg.exe takes.
const registryTime = 10 * time.Second

// queryRegistry runs the reg.exe of Windows itself, wherever PATH leads.
func queryRegistry() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), registryTime)
	defer cancel()
	program := filepath.Join(os.Getenv("SystemRoot"), "System32", "reg.exe")
	text, err := exec.CommandContext(ctx, program, "query", `HKLM\SOFTWARE\Microsoft\Cryptography`, "/v", "MachineGuid", "/reg:64").Output()
	return string(text), err
}
