package com.cirruslink.chariot.license;

import java.util.Locale;

/** What a Chariot server does about its license, from the mildest. */
public enum Action {
    /** Nothing. There may be a sentence to show all the same. */
    RUN,
    /** Go on, and tell the people. */
    WARN,
    /** Go on for the clients that are there, take no new ones, and tell the people. */
    DEGRADE,
    /** Keep the listener shut. Reactivate before you shut one that is open. */
    STOP;

    static Action of(Enforcement enforce) {
        switch (enforce) {
            case DEGRADE:
                return DEGRADE;
            case STOP:
                return STOP;
            default:
                return WARN;
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
