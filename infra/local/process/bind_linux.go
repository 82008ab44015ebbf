package process

import (
	"os/exec"
	"syscall"
)

// bind makes the kernel kill cmd when the thread that starts it ends. The Go
// runtime covers the gap between fork and this setting: the child looks whether
// its parent is still there and kills itself otherwise.
func bind(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr.Setpgid = true
}
