package com.cirruslink.chariot.license;

import java.util.Locale;

/** What a server does once the time of its certificate has run out, from the mildest. */
public enum Enforcement {
    /** It goes on, and tells its people. */
    WARN,
    /** It goes on for the clients it has, takes no new ones, and tells its people. */
    DEGRADE,
    /** It closes its listener. */
    STOP;

    /**
     * Reads the word of a certificate, mildly: one that this version does not know is
     * {@link #WARN}, for an older server must not stop a plant over a word it has never heard.
     */
    static Enforcement of(String word) {
        for (Enforcement known : values()) {
            if (known.toString().equals(word)) {
                return known;
            }
        }
        return WARN;
    }

    /** The word in a certificate. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
