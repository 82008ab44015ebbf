package chariot

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// setOpenFileLock is F_OFD_SETLK. Package syscall has no name for it.
const setOpenFileLock = 37

// lockDir keeps others out of dir until the file is closed, or this process ends,
// however it ends.
//
// It locks as fcntl does, since Java's FileChannel does: on Linux flock and fcntl
// pay no heed to each other. The lock is of the open file and not of the process:
// so it keeps this process out as well, and is not lost when another of its files
// is closed.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &StateError{Path: path, Err: err}
	}
	whole := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
	err = syscall.FcntlFlock(file.Fd(), setOpenFileLock, &whole)
	if err == nil {
		return file, nil
	}
	_ = file.Close() // nothing was written
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) {
		err = ErrInUse
	}
	return nil, &StateError{Path: dir, Err: err}
}
