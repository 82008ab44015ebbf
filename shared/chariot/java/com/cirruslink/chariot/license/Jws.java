package com.cirruslink.chariot.license;

import com.cirruslink.chariot.license.RefusedException.Reason;
import java.nio.charset.StandardCharsets;

/**
 * A signed text in the compact form of JWS (RFC 7515), taken apart. For every signed content there
 * is exactly one text that it accepts.
 */
final class Jws {
    private final String alg;
    private final String kid;
    private final byte[] payload;
    private final byte[] signature;
    /** The text under the signature. */
    private final byte[] signed;

    /**
     * Takes a text of a kind apart; nothing of it is verified. It refuses with COMPACT, HEADER or
     * KIND, in that order.
     */
    Jws(String compact, Kind kind) throws RefusedException {
        String[] parts = compact.split("\\.", -1);
        if (parts.length != 3) {
            throw new RefusedException(Reason.COMPACT);
        }
        byte[] header = decode(parts[0]);
        payload = decode(parts[1]);
        signature = decode(parts[2]);
        signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        String[] values = headerValues(new String(header, StandardCharsets.ISO_8859_1));
        alg = values[0];
        kid = values[1];
        if (!values[2].equals(kind.typ())) {
            throw new RefusedException(Reason.KIND);
        }
    }

    private static byte[] decode(String part) throws RefusedException {
        byte[] data = Base64Url.decode(part);
        if (data == null || data.length == 0) {
            throw new RefusedException(Reason.COMPACT);
        }
        return data;
    }

    /**
     * The alg, kid and typ of a header. There is one way to write one, and only that is accepted:
     * so nothing needs to be said of other members, order, white space or escapes.
     */
    private static String[] headerValues(String header) throws RefusedException {
        String[] quoted = header.split("\"", -1);
        if (quoted.length != 13) {
            throw new RefusedException(Reason.HEADER);
        }
        String alg = quoted[3];
        String kid = quoted[7];
        String typ = quoted[11];
        String only = "{\"alg\":\"" + alg + "\",\"kid\":\"" + kid + "\",\"typ\":\"" + typ + "\"}";
        if (!header.equals(only) || !isName(alg, "") || !isName(kid, "") || !isName(typ, "+./")) {
            throw new RefusedException(Reason.HEADER);
        }
        return new String[] {alg, kid, typ};
    }

    /** Whether a text is 1 to 64 characters of base64url and of extra. */
    static boolean isName(String text, String extra) {
        return text.length() >= 1 && text.length() <= 64
                && text.chars().allMatch(c -> (Base64Url.ALPHABET + extra).indexOf(c) >= 0);
    }

    /** The key that the text names. The header decides nothing else. */
    String kid() {
        return kid;
    }

    /**
     * The payload, once the signature is found good. The algorithm is the key's, never the
     * header's choice. It refuses with ALGORITHM, UNSUPPORTED, KEY, SIGNATURE_FORM or SIGNATURE,
     * in that order.
     */
    byte[] payload(Jwk key) throws RefusedException {
        if (!key.alg.equals(alg)) {
            throw new RefusedException(Reason.ALGORITHM);
        }
        Es256.verify(key.publicKey(), signed, signature);
        return payload;
    }
}
