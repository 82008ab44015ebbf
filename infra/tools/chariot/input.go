package main

import (
	"io"
	"os"

	"github.com/cirruslink/chariot-license/infra/command"
	"github.com/cirruslink/chariot-license/shared/chariot"
)

// readLicense reads a license file, or standard input for "-". The text is
// checked for a license key at once: a typo needs no server.
func readLicense(name string, in io.Reader) (string, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", usageErrorf("The license file %s cannot be read: %v.", name, command.Reason(err))
		}
		defer file.Close()
		in = file
	}
	// One byte more than a license may have shows that there is more.
	text, err := io.ReadAll(io.LimitReader(in, chariot.MaxLicenseText+1))
	if err != nil {
		return "", usageErrorf("The license file %s cannot be read: %v.", name, command.Reason(err))
	}
	_, err = chariot.ParseLicense(string(text))
	return string(text), err
}
