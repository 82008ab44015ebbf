package chariot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrInUse: another process has the state directory open. End it, or use another
// directory.
var ErrInUse = errors.New("another process uses this state directory: end it, or use another directory")

// A StateError says what is wrong with the state directory, and what to do. What
// cannot be read is never overwritten.
type StateError struct {
	Path string
	Err  error
}

func (e *StateError) Error() string {
	return fmt.Sprintf("The state of this machine at %s cannot be used: %v.", e.Path, cause(e.Err))
}

// Unwrap returns the cause.
func (e *StateError) Unwrap() error { return e.Err }

// cause leaves out the path, which the sentence has already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// maxFile is far above what a file of the state can grow to.
const maxFile = 4 << 20

// A disk is the state directory. The names are those of its files.
type disk struct {
	dir string
	// before, unless nil, runs before each step of a write: tests cut there.
	before func(step string)
}

// makeDir makes the directory where there is none.
func (d disk) makeDir() error {
	if _, err := os.Stat(d.dir); err == nil {
		return nil
	}
	err := os.MkdirAll(d.dir, 0o700)
	if err == nil {
		err = syncDir(filepath.Dir(filepath.Clean(d.dir)))
	}
	if err != nil {
		return &StateError{Path: d.dir, Err: err}
	}
	return nil
}

func (d disk) has(name string) bool {
	_, err := os.Lstat(filepath.Join(d.dir, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// read decodes a file into v, which must have a format. An absent file is
// fs.ErrNotExist; all else that is wrong is a *StateError.
func (d disk) read(name string, v any) error {
	path := filepath.Join(d.dir, name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		return &StateError{Path: path, Err: err}
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return d.damaged(name, errors.New("it is no file of ours"))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return &StateError{Path: path, Err: err}
	}
	var kind struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return d.damaged(name, nil) // the error may quote the content
	}
	switch {
	case kind.Format > formatNow:
		return &StateError{Path: path, Err: errors.New("a newer version of Chariot wrote it: use that version")}
	case kind.Format < 1:
		return d.damaged(name, errors.New("it is no file of ours"))
	}
	if err := json.Unmarshal(data, v); err != nil {
		return d.damaged(name, nil)
	}
	return nil
}

// remedies say what becomes of a machine whose file is moved away.
var remedies = map[string]string{
	machineName: "bring it back from a backup, or empty the directory and activate as a new machine, and ask support to restore the old seat",
	licenseName: "bring it back from a backup, or move it away and activate again: this machine keeps its seat",
	trustName:   "move it away: the next activation or reactivation fetches it again",
	rootsName:   "bring it back from a backup, or move it away and give the server and its root keys again",
}

// damaged is the error for a file that is there and cannot be read. why must not
// quote the file: it may hold the license key.
func (d disk) damaged(name string, why error) error {
	if why == nil {
		why = errors.New("it is damaged, or was not written by Chariot")
	}
	return &StateError{Path: filepath.Join(d.dir, name), Err: fmt.Errorf("%w; %s", why, remedies[name])}
}

// write replaces a file. After it returned, the new content survives a loss of
// power; before, the old one does.
func (d disk) write(name string, v any) error {
	path := filepath.Join(d.dir, name)
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = d.replace(path, append(data, '\n'))
	}
	if err != nil {
		return &StateError{Path: path, Err: err}
	}
	return nil
}

// replace writes beside the file and renames. The lock makes the one temporary
// name ours; what a kill left under it goes.
func (d disk) replace(path string, data []byte) error {
	temp := path + ".new"
	d.step("create")
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := d.fill(file, data); err != nil {
		_ = os.Remove(temp) // best effort: the next write removes it too
		return err
	}
	d.step("rename")
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	d.step("sync directory")
	return syncDir(d.dir)
}

func (d disk) fill(file *os.File, data []byte) error {
	d.step("write")
	_, err := file.Write(data)
	d.step("sync")
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}

func (d disk) step(name string) {
	if d.before != nil {
		d.before(name)
	}
}

// syncDir makes a rename durable. Windows does so by itself, and opens no
// directories.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
