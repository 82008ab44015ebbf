package com.cirruslink.chariot.license;

/** The files of the state directory. The Go client reads and writes the same ones. */
enum StateFile {
    /** Who the machine is. */
    MACHINE("machine.json", "bring it back from a backup, or empty the directory and activate as a new machine,"
            + " and ask support to restore the old seat"),
    /** The license key, the certificate, and the intent that waits for its answer. */
    LICENSE("license.json",
            "bring it back from a backup, or move it away and activate again: this machine keeps its seat"),
    /** The trust bundle of the highest version seen. */
    TRUST("trust.json", "move it away: the next activation or reactivation fetches it again"),
    /** The server and the root keys that were pinned for it. */
    ROOTS("roots.json", "bring it back from a backup, or move it away and give the server and its root keys again");

    /** The format that this version writes, and the highest that it reads. */
    static final int FORMAT = 1;

    final String fileName;
    /** What becomes of a machine whose file is moved away. */
    final String remedy;

    StateFile(String fileName, String remedy) {
        this.fileName = fileName;
        this.remedy = remedy;
    }
}
