//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package chariot

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir keeps others out of dir until the file is closed, or this process ends,
// however it ends. Here, unlike on Linux, flock and the fcntl of Java's FileChannel
// keep each other out.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &StateError{Path: path, Err: err}
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	return nil, &StateError{Path: dir, Err: err}
}
