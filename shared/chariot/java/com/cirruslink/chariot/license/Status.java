package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a machine is licensed for, by what it has on disk. */
public final class Status {
    private final Certificate certificate;
    private final String trouble;
    private final Verdict verdict;
    private final String fingerprint;
    private final Instant activatedAt;
    private final View license;
    private final String pending;
    private final Contact lastContact;

    /** @param certificate null, and the trouble says why, unless there is one that verifies */
    Status(String fingerprint, LicenseState state, Certificate certificate, String trouble, Instant now) {
        this.fingerprint = fingerprint;
        this.certificate = certificate;
        this.trouble = trouble;
        verdict = trouble.isEmpty() ? Verdict.of(certificate, now)
                : new Verdict(Action.STOP, null, trouble, List.of());
        activatedAt = state.activation == null ? null : state.activation.activatedAt;
        license = state.license;
        pending = state.pending == null ? null : state.pending.kind;
        lastContact = state.last;
    }

    /** Whether there is a certificate that verifies. What its times mean now, {@link #verdict} says. */
    public boolean licensed() {
        return certificate != null;
    }

    /** The certificate, verified: what the machine may rely on. Null where there is none. */
    public Certificate certificate() {
        return certificate;
    }

    /** A sentence that says why a certificate which is there does not verify; empty if there is none such. */
    public String trouble() {
        return trouble;
    }

    /**
     * What the server does now: what {@link Verdict#of} says of the certificate, and
     * {@link Action#STOP}, with the trouble, where one does not verify.
     */
    public Verdict verdict() {
        return verdict;
    }

    /** How the license server knows this machine: 64 hexadecimal digits. */
    public String fingerprint() {
        return fingerprint;
    }

    /** When the seat was taken; null where there is none. It is not signed. */
    public Instant activatedAt() {
        return activatedAt;
    }

    /** The license as the server last showed it, not signed; null where there is none. */
    public View license() {
        return license;
    }

    /**
     * What waits for its answer, and should be asked for again: {@code activate},
     * {@code reactivate} or {@code deactivate}; null where nothing waits.
     */
    public String pending() {
        return pending;
    }

    /** The last answer of the license server; null where there was none. */
    public Contact lastContact() {
        return lastContact;
    }

    /** The JSON form of the command line. What is empty is left out. */
    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("licensed", licensed());
        put(members, "trouble", trouble.isEmpty() ? null : trouble);
        members.put("verdict", verdict.toJson());
        members.put("fingerprint", fingerprint);
        if (certificate != null) {
            putCertificate(members);
        }
        put(members, "activatedAt", activatedAt);
        put(members, "license", license == null ? null : license.toJson());
        put(members, "pending", pending);
        put(members, "lastContact", lastContact == null ? null : lastContact.toJson());
        return members;
    }

    private void putCertificate(Map<String, Object> members) {
        members.put("licenseId", certificate.licenseId());
        members.put("activationId", certificate.activationId());
        members.put("deployment", certificate.deployment());
        members.put("features", certificate.features().stream().map(Feature::toJson).collect(Collectors.toList()));
        put(members, "revision", certificate.revision() == 0 ? null : certificate.revision());
        put(members, "issuedAt", certificate.issuedAt());
        put(members, "expires", certificate.expires());
        put(members, "enforce", certificate.enforce());
        put(members, "graceUntil", certificate.graceUntil());
        put(members, "contactBy", certificate.contactBy());
    }

    private static void put(Map<String, Object> members, String name, Object value) {
        if (value != null) {
            members.put(name, value instanceof Map || value instanceof Long ? value : value.toString());
        }
    }
}
