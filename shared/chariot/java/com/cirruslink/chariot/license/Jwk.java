package com.cirruslink.chariot.license;

import com.cirruslink.chariot.license.RefusedException.Reason;
import java.security.PublicKey;

/** A public key in the form of RFC 7517. Keys of other algorithms than ES256 lack what it has. */
final class Jwk {
    final String kid;
    final String kty;
    final String crv;
    final String alg;
    final String x;
    final String y;

    Jwk(String kid, String kty, String crv, String alg, String x, String y) {
        this.kid = kid;
        this.kty = kty;
        this.crv = crv;
        this.alg = alg;
        this.x = x;
        this.y = y;
    }

    boolean isEs256() {
        return Es256.NAME.equals(alg);
    }

    /** The key itself. It refuses with UNSUPPORTED or KEY, in that order. */
    PublicKey publicKey() throws RefusedException {
        if (!isEs256()) {
            throw new RefusedException(Reason.UNSUPPORTED);
        }
        PublicKey key = Es256.publicKey(Base64Url.decode(x), Base64Url.decode(y));
        if (key == null || !kty.equals("EC") || !crv.equals("P-256")) {
            throw new RefusedException(Reason.KEY);
        }
        return key;
    }
}
