package process

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Go parks the main thread where others end, so nothing bound to it would be
// killed before the process ends. The main goroutine keeps it, and no Spawner
// can get it.
func init() { runtime.LockOSThread() }

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
