package main

import (
	"fmt"
	"strings"
)

// usage is what a newcomer reads first.
func usage() string {
	var b strings.Builder
	b.WriteString(`chariot is a Chariot server without the MQTT: it licenses itself as a real one does.

  chariot --server URL --state DIR VERB [flags]

`)
	for _, v := range verbs() {
		fmt.Fprintf(&b, "  %-12s%s\n", v.name, v.what)
	}
	b.WriteString(`
  --state DIR       where this machine keeps its state; a new directory is a new machine
  --server URL      the license server; may be left out once the directory knows it
  --license FILE    the license file or the license key alone; - reads standard input
  --root-keys FILE  the keys that vouch for the license server: a JSON array of JWKs, or
                    an object with such a rootKeys, as stack.json is. May be left out once
                    the directory knows them, and for a local stack, which tells its own
  --proxy URL       the HTTP proxy that leads to the license server, like
                    http://user:password@proxy.example.com:3128; the environment is not asked
  --ca-file FILE    certificate authorities (PEM) that count besides the system's: a
                    company's, whose firewall intercepts TLS
  --address ADDRESS where the license server is in place of what DNS says
  --machine-id ID   what tells this computer from others, in place of the ID of its
                    operating system
  --json            print the status as JSON
  --patience 30s    how long to try again while the server is busy or away; 0: try once

Flags may stand before or after the verb. Results go to standard output, remarks
to standard error. The exit code is

  0  done
  1  the license server refused; it says why
  2  wrong usage, or a license that cannot be read or does not fit what is there
  3  the license server cannot be reached, or what answers is not to be trusted
  4  the state directory cannot be used

For example, with the local stack of this repository running (make run):

  chariot --server http://127.0.0.1:8080 --state ./plant-7 activate --license license.txt
  chariot --state ./plant-7 status
`)
	return b.String()
}
