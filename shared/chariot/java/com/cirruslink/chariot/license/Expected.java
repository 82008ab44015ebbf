package com.cirruslink.chariot.license;

/** What a verifier knows by itself, and holds a certificate against. */
final class Expected {
    final Kind kind;
    final String licenseId;
    final String fingerprint;
    /** That of the pending offline request; null online. */
    final String nonce;

    Expected(Kind kind, String licenseId, String fingerprint, String nonce) {
        this.kind = kind;
        this.licenseId = licenseId;
        this.fingerprint = fingerprint;
        this.nonce = nonce;
    }
}
