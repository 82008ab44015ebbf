package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// endWithParent asks the kernel for a SIGTERM when the parent ends, even by
// SIGKILL. The wish belongs to a thread, so the calling goroutine, which must be
// main's, keeps its thread from here on.
func endWithParent() error {
	parent := os.Getppid()
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0); err != nil {
		return fmt.Errorf("asking for the parent's end: %w", err)
	}
	if os.Getppid() != parent {
		return errors.New("the parent process has ended")
	}
	return nil
}
