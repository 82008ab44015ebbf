package com.cirruslink.chariot.license;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What the license server refused with, as RFC 9457 has it. */
public final class Problem {
    static final String LICENSE_NOT_FOUND = "license-not-found";
    static final String ACTIVATION_NOT_FOUND = "activation-not-found";
    static final String ACTIVATION_RELEASED = "activation-released";
    static final String REQUEST_SUPERSEDED = "request-superseded";
    static final String SEATS_TAKEN = "seats-taken";

    /** Begins the type of every problem; its code follows. */
    private static final String TYPE = "urn:chariot:problem:";
    /** With these the server has decided on an intent: it took no seat, and freed none. */
    private static final Set<String> SETTLE = Set.of(LICENSE_NOT_FOUND, "license-revoked", "license-suspended",
            "license-expired", "wrong-deployment", "offline-activation", ACTIVATION_NOT_FOUND, ACTIVATION_RELEASED,
            REQUEST_SUPERSEDED, SEATS_TAKEN);

    private final String code;
    private final int status;
    private final String detail;
    private final long seats;
    private final long sequence;
    private final String requestId;

    private Problem(String code, long status, String detail, String requestId, Members members) throws JsonException {
        this.code = code;
        this.status = (int) status;
        this.detail = detail;
        this.requestId = requestId;
        seats = members.number("seats");
        sequence = members.number("sequence");
    }

    /**
     * Reads the body of an answer; null if it is no problem of a license server. What it says is
     * shown to people: so no control characters, no endless text, and never the license key,
     * whoever wrote it.
     *
     * @param key that of the request; null if it had none
     */
    static Problem read(int status, byte[] body, LicenseKey key) {
        try {
            Members members = Members.parse(body);
            String type = members.text("type");
            if (!type.startsWith(TYPE) || !type.substring(TYPE.length()).matches("[a-z0-9-]{1,64}") || status < 400) {
                return null;
            }
            return new Problem(type.substring(TYPE.length()), status, safe(members.text("detail"), 500, key),
                    safe(members.text("requestId"), 100, key), members);
        } catch (JsonException e) {
            return null;
        }
    }

    private static String safe(String text, int most, LicenseKey key) {
        return Text.printable(key == null ? text : text.replace(key.reveal(), key.toString()), most);
    }

    /** Reads what {@link #toJson} wrote. */
    static Problem fromJson(Members members) throws JsonException {
        return new Problem(members.text("code"), members.number("status"), members.text("detail"),
                members.text("requestId"), members);
    }

    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("code", code);
        members.put("status", status);
        if (!detail.isEmpty()) {
            members.put("detail", detail);
        }
        if (seats != 0) {
            members.put("seats", seats);
        }
        if (sequence != 0) {
            members.put("sequence", sequence);
        }
        if (!requestId.isEmpty()) {
            members.put("requestId", requestId);
        }
        return members;
    }

    /** Names the cause, such as {@code seats-taken}. {@link Sentences} has one for each that a machine meets. */
    public String code() {
        return code;
    }

    /** The status of HTTP. */
    public int status() {
        return status;
    }

    /** The server's own sentence; may be empty. */
    public String detail() {
        return detail;
    }

    /** How many seats the license has, where all are taken; else 0. */
    public long seats() {
        return seats;
    }

    /** What the machine counts on from, where it was superseded; else 0. */
    public long sequence() {
        return sequence;
    }

    /** What support finds the request by; may be empty. */
    public String requestId() {
        return requestId;
    }

    /** A sentence for the person in front of the machine. */
    public String sentence() {
        String sentence = Sentences.all().getOrDefault(code, detail);
        if (sentence.isEmpty()) {
            sentence = "The license server refused (" + code + ", status " + status + "). Contact Cirrus Link Support.";
        }
        return Sentences.fill(sentence,
                Map.of("seats", Long.toString(seats), "requestId", requestId.isEmpty() ? "(none)" : requestId));
    }

    /** Whether the server has decided: repeated, the request would be refused again. */
    boolean settles() {
        return SETTLE.contains(code);
    }

    boolean is(String other) {
        return code.equals(other);
    }

    @Override
    public String toString() {
        return code + " (status " + status + ")";
    }
}
