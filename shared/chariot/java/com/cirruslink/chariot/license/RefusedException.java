package com.cirruslink.chariot.license;

/** A certificate or a trust bundle is refused. */
public final class RefusedException extends LicenseException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** Why, in the order of the steps of FORMAT.md, section 8. */
    enum Reason {
        COMPACT("compact", "not a compact JWS in canonical base64url"),
        HEADER("header", "header is not of the one accepted form"),
        KIND("kind", "signed text is of another kind"),
        ROOT("root", "signed by an unknown root key"),
        /** The key is newer than the bundle, or was removed. Fetch the bundle; then reactivate. */
        UNKNOWN_KEY("unknown-key", "signed by a key that is not in the trust bundle"),
        KEY_USE("key-use", "key may not sign this kind"),
        ALGORITHM("algorithm", "algorithm is not the one of the key"),
        UNSUPPORTED("unsupported", "algorithm of the key is not supported"),
        KEY("key", "key is not a P-256 public key"),
        SIGNATURE_FORM("signature-form", "signature is not of the one accepted form"),
        SIGNATURE("signature", "signature does not verify"),
        PAYLOAD("payload", "payload is not of the specified form"),
        REPLAYED("replayed", "trust bundle is older than one that was seen before"),
        KEY_PERIOD("key-period", "issued outside the time of its key"),
        LICENSE("license", "certificate is for another license"),
        MACHINE("machine", "certificate is for another machine"),
        NONCE("nonce", "certificate does not answer the pending request");

        private final String step;
        private final String sentence;

        Reason(String step, String sentence) {
            this.step = step;
            this.sentence = sentence;
        }
    }

    RefusedException(Reason reason) {
        this(reason, reason.sentence);
    }

    private RefusedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The payload is well signed, but not of its form. */
    static RefusedException payload(String what) {
        return new RefusedException(Reason.PAYLOAD, Reason.PAYLOAD.sentence + ": " + what);
    }

    /** A key of a trust bundle is none. */
    static RefusedException key(String keyId) {
        return new RefusedException(Reason.KEY, "key " + keyId + ": " + Reason.KEY.sentence);
    }

    /** A trust bundle is older than one that was seen before: keep the newer one. */
    static RefusedException replayed(long version, long atLeast) {
        return new RefusedException(Reason.REPLAYED,
                "trust bundle has version " + version + ", but version " + atLeast + " was seen before");
    }

    /** The name of the step that refuses: FORMAT.md, section 8, lists them. */
    public String reason() {
        return reason.step;
    }

    boolean is(Reason other) {
        return reason == other;
    }
}
