package com.cirruslink.chariot.license;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The license key: the secret that finds and authenticates a license. It cannot print itself; only
 * {@link #reveal} gives the text.
 */
final class LicenseKey {
    /** The longest text that is looked at for a license key, in bytes. */
    static final int MAX_TEXT = 64 << 10;

    private final String text;

    private LicenseKey(String text) {
        this.text = text;
    }

    /** Finds the license key in a license file as it came, or in what a person pasted. */
    static LicenseKey parse(String text) throws LicenseTextException {
        return parse(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Finds the license key in a license file: UTF-8, or UTF-16 with a byte order mark. */
    static LicenseKey parse(byte[] file) throws LicenseTextException {
        if (file.length > MAX_TEXT) {
            throw new LicenseTextException("it is far longer than a license file");
        }
        String text = decode(file);
        if (text.codePoints().allMatch(Characters::isSpace)) {
            throw new LicenseTextException("it is empty");
        }
        return new LicenseKey(KeyText.find(text));
    }

    /** Notepad on Windows saves "Unicode" as UTF-16 and always marks it. */
    private static String decode(byte[] file) {
        if (startsWith(file, 0xff, 0xfe)) {
            return decodeUtf16(file, ByteOrder.LITTLE_ENDIAN);
        }
        if (startsWith(file, 0xfe, 0xff)) {
            return decodeUtf16(file, ByteOrder.BIG_ENDIAN);
        }
        String text = new String(file, StandardCharsets.UTF_8);
        return text.startsWith("\ufeff") ? text.substring(1) : text;
    }

    private static boolean startsWith(byte[] data, int first, int second) {
        return data.length >= 2 && (data[0] & 0xff) == first && (data[1] & 0xff) == second;
    }

    /** Leaves out the mark, and half a unit at the end. */
    private static String decodeUtf16(byte[] file, ByteOrder order) {
        CharBuffer units = ByteBuffer.wrap(file).order(order).asCharBuffer();
        return Characters.wellFormed(units.toString().substring(1));
    }

    /** The text of the key: for the request and the state on disk, never for a log or an error. */
    String reveal() {
        return text;
    }

    /** What names the key without telling it: SHA-256 in 64 lower-case hexadecimal digits. */
    String hash() {
        return Sha256.hex("chariot-license-key-v1", new byte[0], text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LicenseKey && ((LicenseKey) other).text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Hides the key. */
    @Override
    public String toString() {
        return "CHARIOT-\u2026";
    }
}
