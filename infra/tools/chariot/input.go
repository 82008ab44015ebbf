package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/cirruslink/chariot-license/shared/chariot"
)

// readLicense reads a license file, or standard input for "-". The text is
// checked for a license key at once: a typo needs no server.
func readLicense(name string, in io.Reader) (string, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", usageErrorf("The license file %s cannot be read: %v.", name, reason(err))
		}
		defer file.Close()
		in = file
	}
	// One byte more than a license may have shows that there is more.
	text, err := io.ReadAll(io.LimitReader(in, chariot.MaxLicenseText+1))
	if err != nil {
		return "", usageErrorf("The license file %s cannot be read: %v.", name, reason(err))
	}
	_, err = chariot.ParseLicense(string(text))
	return string(text), err
}

// reason leaves out the path, which the sentence has already.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
