package com.cirruslink.chariot.license;

/** The seats of a license. */
public final class Seats {
    private final long max;
    private final long used;

    Seats(long max, long used) {
        this.max = max;
        this.used = used;
    }

    /** How many machines it lets run at once. */
    public long max() {
        return max;
    }

    /** How many are taken. */
    public long used() {
        return used;
    }

    @Override
    public String toString() {
        return used + " of " + max;
    }
}
