package com.cirruslink.chariot.license;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digest that names things without telling them. */
final class Sha256 {
    private Sha256() {}

    /** The digest of a label, some bytes and a text, in lower-case hexadecimal digits. */
    static String hex(String label, byte[] bytes, String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(label.getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
            return String.format("%064x", new BigInteger(1, digest.digest(text.getBytes(StandardCharsets.UTF_8))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has SHA-256
        }
    }
}
