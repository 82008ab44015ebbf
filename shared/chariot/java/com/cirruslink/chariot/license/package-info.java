/**
 * The client that a Chariot server embeds: it activates, reactivates and deactivates the machine's
 * license, and says from disk alone what the machine is licensed for. Begin with
 * {@link com.cirruslink.chariot.license.Machine}.
 *
 * <p>A machine lives in a state directory of its own, which only its owner can read:
 *
 * <ul>
 * <li>machine.json: who the machine is, a random ID, and the computer that it is at home on
 * <li>license.json: the license key, the certificate, and the intent that waits for its answer
 * <li>trust.json: the trust bundle of the highest version seen
 * <li>roots.json: the server and the root keys that were pinned for it, if any were
 * <li>lock: locked while a machine is open
 * </ul>
 *
 * <p>The Go client of the same repository reads and writes the same files. Each is written whole: a
 * temporary file, a sync, a rename, a sync of the directory.
 *
 * <p>It needs Java 11 or later, and nothing but the JDK. It logs nothing and prints nothing; what
 * there is to say is in the exceptions, in {@link com.cirruslink.chariot.license.Status} and in
 * what {@link com.cirruslink.chariot.license.Settings#onWait} hears, and never holds a license key.
 */
package com.cirruslink.chariot.license;
