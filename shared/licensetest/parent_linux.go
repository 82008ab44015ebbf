package licensetest

import (
	"os/exec"
	"syscall"
)

// dieWithParent ends the program should the test be killed before its clean-up.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
