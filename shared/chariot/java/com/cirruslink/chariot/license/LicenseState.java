package com.cirruslink.chariot.license;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What license.json holds: all that changes in the life of a license, so that it changes in one
 * write.
 *
 * <ul>
 * <li>key, activation, license and certificate are there together, or none
 * <li>sequence is that of the last intent, or what the server said to count on from
 * <li>pending is on disk before its request goes out, and until it is answered
 * </ul>
 */
final class LicenseState {
    LicenseKey key;
    Activation activation;
    View license;
    String certificate;
    /** The server no longer knows the key: support has replaced it, and another may take over. */
    boolean keyUnknown;
    long sequence;
    Intent pending;
    Contact last;
    /**
     * By the hash of a license key, the license that its first verified certificate named: no other
     * may come under the same key.
     */
    private final Map<String, String> licenses = new TreeMap<>();

    /** The state of a machine that is not activated. */
    LicenseState() {}

    private LicenseState(Members members) throws JsonException {
        key = storedKey(members);
        activation = members.object("activation", Activation::new);
        license = members.object("license", View::new);
        String compact = members.text("certificate");
        certificate = compact.isEmpty() ? null : compact;
        keyUnknown = members.flag("keyUnknown");
        sequence = members.number("lastSequence");
        pending = members.object("pending", Intent::new);
        last = members.object("lastContact", Contact::new);
        licenses.putAll(members.texts("licenses"));
    }

    /** Reads the state; a machine without the file is not activated. */
    static LicenseState read(Disk disk) throws StateException {
        LicenseState state = disk.read(StateFile.LICENSE, LicenseState::new);
        if (state == null) {
            return new LicenseState();
        }
        if (!state.isWhole()) {
            throw disk.damaged(StateFile.LICENSE);
        }
        return state;
    }

    private boolean isWhole() {
        boolean held = certificate != null;
        if ((key != null) != held || (activation != null) != held || (license != null) != held) {
            return false;
        }
        boolean known = isPending(Intent.ACTIVATE)
                || held && (isPending(Intent.DEACTIVATE) || isPending(Intent.REACTIVATE));
        return pending == null || pending.key != null && known;
    }

    void write(Disk disk) throws StateException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("format", StateFile.FORMAT);
        if (certificate != null) {
            members.put("licenseKey", key.reveal());
            members.put("activation", activation.toJson());
            members.put("license", license.toJson());
            members.put("certificate", certificate);
        }
        if (keyUnknown) {
            members.put("keyUnknown", true);
        }
        members.put("lastSequence", sequence);
        if (pending != null) {
            members.put("pending", pending.toJson());
        }
        if (last != null) {
            members.put("lastContact", last.toJson());
        }
        if (!licenses.isEmpty()) {
            members.put("licenses", licenses);
        }
        disk.write(StateFile.LICENSE, members);
    }

    /** Reads a key as it is stored, in its one form; null where there is none. */
    static LicenseKey storedKey(Members members) throws JsonException {
        String text = members.text("licenseKey");
        if (text.isEmpty()) {
            return null;
        }
        try {
            LicenseKey key = LicenseKey.parse(text);
            if (key.reveal().equals(text)) {
                return key;
            }
        } catch (LicenseTextException e) {
            // As bad as another form.
        }
        throw new JsonException("not a license key");
    }

    boolean isPending(String kind) {
        return pending != null && pending.kind.equals(kind);
    }

    /**
     * Whether the seat is that of another computer than the one with a fingerprint: the state was
     * copied, or the operating system was installed anew.
     */
    boolean isOfAnother(String fingerprint) {
        return activation != null && !activation.fingerprint.equals(fingerprint);
    }

    /** Ends the pending intent, if it is of the kind. */
    void settle(String kind) {
        if (isPending(kind)) {
            pending = null;
        }
    }

    /** The license that was seen first under a key; null if none was. */
    String pin(LicenseKey key) {
        return licenses.get(key.hash());
    }

    /** Notes that the license server has answered. */
    void answered(Instant now, String kind, Problem problem) {
        last = new Contact(now.truncatedTo(ChronoUnit.SECONDS), kind, problem);
    }

    /** Keeps a good answer. */
    void take(LicenseKey key, Certificate found, LicensedAnswer answer) {
        licenses.put(key.hash(), found.licenseId());
        this.key = key;
        keyUnknown = false;
        activation = answer.activation;
        license = answer.license;
        certificate = answer.certificate;
    }

    /** Drops what is gone with the seat. The sequence and the pins stay. */
    void forget() {
        key = null;
        keyUnknown = false;
        activation = null;
        license = null;
        certificate = null;
        pending = null;
    }
}
