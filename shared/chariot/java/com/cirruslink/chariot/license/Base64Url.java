package com.cirruslink.chariot.license;

import java.util.Base64;

/** Base64url without padding (RFC 4648, section 5), in its canonical form alone. */
final class Base64Url {
    static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private Base64Url() {}

    /** The bytes of a text; null unless it is how {@link #encode} writes them. */
    static byte[] decode(String text) {
        try {
            byte[] data = Base64.getUrlDecoder().decode(text);
            // Java's decoder takes padding and stray bits at the end: second spellings.
            return encode(data).equals(text) ? data : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static String encode(byte[] data) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
    }
}
