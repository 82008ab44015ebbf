package com.cirruslink.chariot.license;

/** What {@link Machine#diagnose} found. */
public final class Finding {
    private final boolean good;
    private final String sentence;

    Finding(boolean good, String sentence) {
        this.good = good;
        this.sentence = sentence;
    }

    /** Whether there is nothing to do. */
    public boolean good() {
        return good;
    }

    /** What it is, and what to do. */
    public String sentence() {
        return sentence;
    }

    @Override
    public String toString() {
        return sentence;
    }
}
