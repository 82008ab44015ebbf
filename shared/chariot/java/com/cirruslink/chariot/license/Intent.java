package com.cirruslink.chariot.license;

import java.util.LinkedHashMap;
import java.util.Map;

/** One wish of a person: all repetitions of its request are alike. */
final class Intent {
    static final String ACTIVATE = "activate";
    static final String REACTIVATE = "reactivate";
    static final String DEACTIVATE = "deactivate";

    final String kind;
    /** 0 where the request needs none. */
    final long sequence;
    final LicenseKey key;
    /** Where a reactivation moves the seat to; empty where it moves none. */
    final String newFingerprint;

    Intent(String kind, long sequence, LicenseKey key, String newFingerprint) {
        this.kind = kind;
        this.sequence = sequence;
        this.key = key;
        this.newFingerprint = newFingerprint;
    }

    Intent(Members members) throws JsonException {
        this(members.text("kind"), members.number("sequence"), LicenseState.storedKey(members),
                members.text("newFingerprint"));
    }

    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("kind", kind);
        members.put("sequence", sequence);
        members.put("licenseKey", key.reveal());
        if (!newFingerprint.isEmpty()) {
            members.put("newFingerprint", newFingerprint);
        }
        return members;
    }
}
