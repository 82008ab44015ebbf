package com.cirruslink.chariot.license;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;

/** Who a machine is: this installation, on this computer. It is in machine.json. */
final class Identity {
    private static final int SIZE = 32;

    /** {@link #SIZE} random bytes, made with the machine, in hexadecimal digits. */
    private final String installation;
    /** The computer on record; empty, and the machine is at home wherever its state is. */
    private String home;
    /**
     * The one that we are on. They differ where the state came from another computer, or the
     * computer was set up anew.
     */
    private final String here;

    private Identity(String installation, String home, String here) {
        this.installation = installation;
        this.home = home;
        this.here = here;
    }

    private Identity(Members members) throws JsonException {
        this(members.text("installationId"), members.text("computer"), "");
    }

    /**
     * Reads who the machine is, and makes a new one where there is none. An ID that cannot be read
     * today has not changed; and a machine that never had one, in a container, stays without.
     *
     * @param id that of the computer; empty if it has none
     */
    static Identity of(Disk disk, String id) throws StateException {
        String computer = computerName(id);
        Identity stored = disk.read(StateFile.MACHINE, Identity::new);
        if (stored == null) {
            return create(disk, computer);
        }
        if (!stored.installation.matches("[0-9A-Fa-f]{64}")) {
            throw disk.damaged(StateFile.MACHINE, "the installation ID is not 64 hexadecimal digits");
        }
        boolean known = !stored.home.isEmpty() && !computer.isEmpty();
        return new Identity(stored.installation, stored.home, known ? computer : stored.home);
    }

    /** Makes a new machine, but not one that takes over the license of another whose identity is lost. */
    private static Identity create(Disk disk, String computer) throws StateException {
        if (disk.has(StateFile.LICENSE)) {
            throw new StateException(disk.path(StateFile.MACHINE), "it is missing, though there is a license.json:"
                    + " bring it back from a backup, or empty the directory and activate as a new machine");
        }
        byte[] random = new byte[SIZE];
        new SecureRandom().nextBytes(random);
        Identity made = new Identity(String.format("%064x", new BigInteger(1, random)), "", computer);
        made.moveIn(disk);
        return made;
    }

    /** Makes the computer that we are on the machine's home. */
    void moveIn(Disk disk) throws StateException {
        if (home.equals(here) && disk.has(StateFile.MACHINE)) {
            return;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("format", StateFile.FORMAT);
        members.put("installationId", installation);
        if (!here.isEmpty()) {
            members.put("computer", here);
        }
        disk.write(StateFile.MACHINE, members);
        home = here;
    }

    /**
     * Stands for a computer: SHA-256("chariot-computer-v1" || ID); empty if it has no ID. The
     * operating system's own ID is not for others to see.
     */
    static String computerName(String id) {
        return id.isEmpty() ? "" : Sha256.hex("chariot-computer-v1", new byte[0], id);
    }

    /**
     * What the license server knows the machine by: SHA-256("chariot-fingerprint-v1" || installation
     * ID || the text of {@link #here}). It tells nothing of either, and neither tells anything of
     * the computer.
     */
    String fingerprint() {
        return fingerprint(installation, here);
    }

    static String fingerprint(String installation, String computer) {
        byte[] id = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            id[i] = (byte) Integer.parseInt(installation.substring(2 * i, 2 * i + 2), 16);
        }
        return Sha256.hex("chariot-fingerprint-v1", id, computer);
    }
}
