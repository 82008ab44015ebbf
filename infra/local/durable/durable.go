// Package durable writes files that are whole or absent, whatever is killed
// and whenever: the state of the local stack survives a kill -9.
package durable

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile replaces the file at path with data. After it returned, the new
// content survives a loss of power; before, the old one does. A reader never
// sees a mixture. The directory must exist; its file system must order a
// rename after the fsync of the renamed file, as local ones do.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temp.Name()) // fails after the rename, as it should
	if err := fill(temp, data, mode); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// fill writes and closes temp; the mode comes before the content, so that a
// secret is never readable for a moment.
func fill(temp *os.File, data []byte, mode fs.FileMode) error {
	err := temp.Chmod(mode)
	if err == nil {
		_, err = temp.Write(data)
	}
	if err == nil {
		err = temp.Sync()
	}
	if closing := temp.Close(); err == nil {
		err = closing
	}
	return err
}

// syncDir makes the rename itself durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("syncing %s: %w", dir, err)
	}
	return nil
}
