package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.List;

/** An entry of the trust bundle: what a signing key may sign, and when. */
final class TrustedKey {
    final Jwk jwk;
    /** The kinds that it may sign. Those that this version does not know are no concern of it. */
    final List<String> use;
    final Instant notBefore;
    /** The first second that it is no longer in use; null means that it is. */
    final Instant retiredAt;

    TrustedKey(Payload entry) throws RefusedException {
        String kid = entry.text("kid");
        String alg = entry.text("alg");
        notBefore = entry.time("notBefore");
        retiredAt = entry.optionalTime("retiredAt");
        use = entry.texts("use");
        jwk = alg.equals(Es256.NAME)
                ? new Jwk(kid, entry.text("kty"), entry.text("crv"), alg, entry.text("x"), entry.text("y"))
                : new Jwk(kid, "", "", alg, "", "");
        if (!Jws.isName(kid, "")) {
            throw RefusedException.payload("kid");
        }
    }

    /** Whether it may sign a kind. */
    boolean signs(Kind kind) {
        return use.contains(kind.typ());
    }

    /** Whether it was in use at a time. What it signed then stays good for ever. */
    boolean holds(Instant at) {
        return !at.isBefore(notBefore) && (retiredAt == null || at.isBefore(retiredAt));
    }
}
