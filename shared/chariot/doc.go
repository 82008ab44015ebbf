// Package chariot is the client that a Chariot server embeds: it activates,
// reactivates and deactivates the machine's license, and says from disk alone
// what the machine is licensed for.
//
// A Machine lives in a state directory of its own, mode 0700:
//
//	machine.json  who the machine is: a random ID, and the computer that it is at home on
//	license.json  the license key, the certificate, and the intent that waits for its answer
//	trust.json    the trust bundle of the highest version seen
//	roots.json    the server and the root keys that were pinned for it, if any were
//	lock          held while a Machine is open, against the Java client too; on systems
//	              without flock nothing holds it, and only one process may use the directory
//
// The machine's fingerprint follows from the random ID and the ID that the operating
// system gave itself (computer.go: what is read, and in which order). So it stays the
// same through reboots, new network cards and disks, and, in a container, wherever the
// state is mounted; a clone with an operating system's ID of its own has another. State
// that was activated elsewhere licenses nothing here: Reactivate moves the seat, for
// the same installation on a new system; Activate takes another, for a copy.
//
// Each file is written whole: a temporary file, fsync, rename, fsync of the
// directory. The order of the writes is what makes a kill harmless at any moment:
//
//  1. the trust bundle, verified, where there is none yet
//  2. the intent, with its sequence
//  3. only then the request goes out; every repetition of it, after a restart
//     too, is the same intent with the same sequence
//  4. the trust bundle, where the certificate is by a newer key
//  5. the certificate, verified, and the end of the intent, in one write
//  6. only then the call succeeds
//
// So whoever was killed runs the same call again, and a seat is neither lost nor
// taken twice.
package chariot
