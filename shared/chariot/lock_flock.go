//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package chariot

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lockDir keeps other processes out of dir until the file is closed, or this
// process ends, however it ends.
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
