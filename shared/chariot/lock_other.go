//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package chariot

import (
	"os"
	"path/filepath"
)

// lockDir opens the lock file and locks nothing: this system has no flock, and
// whoever installs Chariot sees to it that one process uses the directory.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &StateError{Path: path, Err: err}
	}
	return file, nil
}
