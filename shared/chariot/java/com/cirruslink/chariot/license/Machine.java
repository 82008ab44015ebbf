package com.cirruslink.chariot.license;

import com.cirruslink.chariot.license.RefusedException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * One Chariot installation: what its state directory holds. It activates, reactivates and
 * deactivates the machine's license, and says from disk alone what the machine is licensed for.
 *
 * <p>It is safe for use by several threads. Calls to the license server take their turns, and last
 * up to the patience of the {@link Settings}; {@link #status} never waits for them. An interrupt
 * stops a call, which throws {@link UnreachableException} and leaves the thread interrupted.
 *
 * <p>Whoever was killed, or cut off, makes the same call again: a seat is neither lost nor taken
 * twice.
 */
public final class Machine implements AutoCloseable {
    private final Settings settings;
    private final Network network;
    private final Disk disk;
    private final DirectoryLock lock;
    private final Identity identity;
    private final String fingerprint;
    private volatile Vendor vendor;
    /** Who has it may change the state. */
    private final Semaphore turn = new Semaphore(1, true);

    private Machine(Settings settings, Network network, Disk disk, DirectoryLock lock)
            throws SettingsException, StateException {
        this.settings = settings;
        this.network = network;
        this.disk = disk;
        this.lock = lock;
        // All of the state is read now: better than in the middle of a call.
        identity = Identity.of(disk, settings.machineId.isEmpty() ? settings.computer.id() : settings.machineId);
        fingerprint = identity.fingerprint();
        vendor = Vendor.of(settings, disk);
        if (!LicenseState.read(disk).isOfAnother(fingerprint)) {
            identity.moveIn(disk);
        }
        Trust.stored(disk, vendor.roots);
    }

    /**
     * Opens the state directory, and makes it, with a new machine in it, where there is none. Close
     * the machine in the end.
     *
     * @throws SettingsException if a setting cannot be used
     * @throws StateException if the directory cannot be; {@link StateException#inUse} says that
     *     another has it open
     */
    public static Machine open(Path directory, Settings settings) throws SettingsException, StateException {
        return open(directory, settings, step -> {});
    }

    /** @param before runs before each step of a write */
    static Machine open(Path directory, Settings settings, Consumer<String> before)
            throws SettingsException, StateException {
        Settings ours = settings.copy();
        ServerUrl.parse(ours.server, ours.plainHttp);
        Network network = ours.network();
        Disk disk = new Disk(directory, before);
        disk.makeDir();
        DirectoryLock lock = DirectoryLock.take(directory);
        Machine machine = null;
        try {
            machine = new Machine(ours, network, disk, lock);
            return machine;
        } finally {
            if (machine == null) {
                lock.close();
            }
        }
    }

    /** Gives the state directory back. */
    @Override
    public void close() {
        lock.close();
    }

    /** How the license server knows this machine: 64 hexadecimal digits. */
    public String fingerprint() {
        return fingerprint;
    }

    /** The URL of the license server; empty if none was given or pinned. */
    public String server() {
        return vendor.url();
    }

    /** The root keys that count, unmodifiable; none if none were given or pinned. */
    public List<RootKey> roots() {
        return vendor.roots;
    }

    /** Whether a server and its root keys are remembered. */
    public boolean isPinned() throws StateException {
        return Vendor.Pinned.read(disk) != null;
    }

    /**
     * Remembers a server and its root keys: from now on they are what {@link #open} finds where its
     * settings leave them out.
     */
    public void pin(String server, List<RootKey> roots) throws SettingsException, StateException {
        Vendor pinned = new Vendor(ServerUrl.parse(server, settings.plainHttp), List.copyOf(roots));
        pinned.pin(disk);
        vendor = pinned;
    }

    /**
     * Takes a seat of a license for this machine, or finds again the one that it holds. State that
     * was activated on another computer gives way: its seat stays where it is, and this machine
     * takes one of its own.
     *
     * <p>After any exception the same call may be made again.
     *
     * @param license a license file as it came, or the license key alone
     * @throws LicenseTextException before anything is sent
     * @throws RefusalException if this machine's state is in the way
     * @throws ProblemException if the server refused
     * @throws UnreachableException if no answer came
     * @throws AnswerException if it was none of a license server
     * @throws UntrustedException if it does not verify
     * @throws SettingsException if there is no server, or there are no root keys
     * @throws StateException if the directory cannot be read or written
     */
    public Status activate(String license) throws LicenseException {
        return activate(LicenseKey.parse(license));
    }

    /**
     * As {@link #activate(String)}.
     *
     * @param licenseFile a license file as it came: UTF-8, or UTF-16 with a byte order mark
     */
    public Status activate(byte[] licenseFile) throws LicenseException {
        return activate(LicenseKey.parse(licenseFile));
    }

    private Status activate(LicenseKey key) throws LicenseException {
        return call(call -> call.activate(key));
    }

    /**
     * Pulls the updates of the license that this machine runs on. Repeated, it asks for the same.
     *
     * <p>Where the state was activated on another computer, it moves the seat to this one: it is
     * for the same installation on a new system, never for a copy, and so a person's to ask for.
     *
     * @throws LicenseException as {@link #activate(String)} does; a stored certificate outlives it
     */
    public Status reactivate() throws LicenseException {
        return call(Call::reactivate);
    }

    /**
     * Gives the seat of this machine back. Once it has succeeded the certificate and the license
     * key are gone from disk. On a machine that is not activated it succeeds, and asks nobody. A
     * seat of another computer is not this one's to give back.
     *
     * @throws LicenseException as {@link #activate(String)} does; then the machine keeps its
     *     certificate, and the same call finishes what it began
     */
    public Status deactivate() throws LicenseException {
        LicenseState state = LicenseState.read(disk);
        return state.certificate == null && state.pending == null ? status(state) : call(Call::deactivate);
    }

    /** What is done in a turn. */
    private interface Wish {
        void fulfill(Call call) throws LicenseException;
    }

    private Status call(Wish wish) throws LicenseException {
        Vendor asked = vendor.callable();
        try {
            turn.acquire();
        } catch (InterruptedException e) {
            throw UnreachableException.stopped(asked.server);
        }
        try {
            if (!lock.isHeld()) {
                throw new StateException(disk.dir, "the machine was closed: open it again");
            }
            wish.fulfill(new Call(this, asked));
            return status();
        } finally {
            turn.release();
        }
    }

    /**
     * What the machine is licensed for. It reads the disk alone, and verifies the certificate anew;
     * it neither needs nor asks a server.
     */
    public Status status() throws StateException {
        // The license first: the trust bundle that it needs was written before it.
        return status(LicenseState.read(disk));
    }

    private Status status(LicenseState state) throws StateException {
        Bundle bundle = Trust.stored(disk, vendor.roots);
        Certificate found = null;
        String trouble = "";
        if (state.certificate != null) {
            String pinned = state.pin(state.key);
            try {
                found = Certificate.verify(state.certificate, bundle,
                        new Expected(Kind.CERTIFICATE, pinned == null ? "" : pinned, fingerprint, null));
            } catch (RefusedException e) {
                trouble = state.isOfAnother(fingerprint)
                        ? Sentences.of(RefusalException.MACHINE_CHANGED) : trouble(bundle, e);
            }
        }
        return new Status(fingerprint, state, found, trouble, settings.clock.instant());
    }

    /** Says what to do about a stored certificate that does not verify. */
    private static String trouble(Bundle bundle, RefusedException e) {
        if (bundle == null) {
            return "There is no trust bundle that the root keys signed, so the certificate cannot be verified."
                    + " Check the root keys, then reactivate.";
        }
        if (e.is(Reason.UNKNOWN_KEY)) {
            return "The key that signed the certificate is no longer trusted. Reactivate to get a new one.";
        }
        if (e.is(Reason.MACHINE)) {
            return "The certificate is for another machine. Activate a license on this one.";
        }
        return "The certificate does not verify: " + e.getMessage() + ". Reactivate to get a new one.";
    }

    /**
     * Asks the license server for its trust bundle, once, without patience and without sending
     * anything of the machine's, and says what is in the way: the settings, the proxy, names, the
     * network, TLS, what answers there, the root keys, the clock. There is a finding at least; a
     * good one stands alone.
     */
    public List<Finding> diagnose() {
        return new Doctor(settings, network, vendor).diagnose();
    }

    Settings settings() {
        return settings;
    }

    Network network() {
        return network;
    }

    Disk disk() {
        return disk;
    }

    Identity identity() {
        return identity;
    }
}
