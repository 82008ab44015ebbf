package main

import (
	"fmt"
	"strings"
)

// usage is what a newcomer reads first.
func usage() string {
	var b strings.Builder
	b.WriteString(`trust keeps the trust bundle: which signing keys clients trust, and which signs now.

  trust --table NAME VERB [flags]

`)
	for _, v := range verbs() {
		fmt.Fprintf(&b, "  %-9s%s\n", v.name, v.what)
	}
	b.WriteString(`
  --table NAME      the table of the deployment, in the region and with the credentials
                    of the environment (AWS_REGION, AWS_ACCESS_KEY_ID, …)
  --local DIR       instead: a local stack, by the state directory of make run
  --file FILE       the draft, default trust.json, or DIR/trust.json; the signed bundle is
                    beside it, as trust.jws
  --root-keys FILE  the root keys that clients have pinned, as show --root prints them;
                    a local stack tells its own

  --key KMSKEY      a KMS key: its ID, an alias, or the ARN of either (init, next, use,
                    retire, remove, and publish for the first bundle)
  --create ALIAS    make that KMS key where there is none of this name (init, next)
  --not-before TIME from when on what the key signs counts, as 2026-03-01T12:00:00Z;
                    default: a quarter of an hour ago, for clocks that differ (init, next)
  --published       start the draft from what is published (init)
  --kid KID         or a key of the bundle, by its ID as show prints it (use, retire, remove)
  --root KMSKEY     a root key (sign; show, also more than once)
  --version N       the version to sign, if not the next (sign)
  --removes KID     a key that is meant to be gone; once for each (publish)
  --now             do not wait until a key was published for a day (use)
  --draft           show the draft; needs no table (show)
  --json            for programs (show)

A rotation in good order, each step when the one before has had its time:

  trust --table NAME init --published      once, where there is no draft
  trust --table NAME next --key KMSKEY
  trust sign --root KMSKEY                 may be another account and machine
  trust --table NAME publish --root-keys FILE
  trust --table NAME use --kid KID         after a day; effective with the next request
  trust --table NAME retire --kid OLDKID   then sign and publish again

If a key is compromised: next, sign, publish, use --now, then remove --kid, sign, and
publish --removes. Then disable the KMS key. use changes which key the functions sign
with, and no rights: their roles must be allowed kms:Sign with the next key before, and
that is for the deployment to see to. sign can be told --table too, and then refuses a
draft that others have overtaken.

Results go to standard output, remarks to standard error. The exit code is

  0  done, or done before
  1  refused; the sentence says why
  2  wrong usage
  3  AWS cannot be reached, or did not answer; run the same again
  4  a file cannot be read or written, or is not what it should be

For example, with the local stack of this repository running (make run):

  trust --local .local show
`)
	return b.String()
}
