package com.cirruslink.chariot.license;

/** This machine refuses by itself, without asking the license server: its state is in the way. */
public final class RefusalException extends LicenseException {
    private static final long serialVersionUID = 1;

    /** Activate first. */
    static final String NOT_ACTIVATED = "not-activated";
    /** Deactivate first. */
    static final String OTHER_LICENSE = "other-license";
    /** Activate with the same license, or deactivate. */
    static final String ACTIVATION_PENDING = "activation-pending";
    /** Deactivate again, or activate. */
    static final String DEACTIVATION_PENDING = "deactivation-pending";
    /** Reactivate to move the seat here, or activate to take one. */
    static final String MACHINE_CHANGED = "machine-changed";
    /** The seat went to another computer; activate to take one. */
    static final String SEAT_MOVED = "seat-moved";

    private final String code;

    RefusalException(String code) {
        super(Sentences.of(code));
        this.code = code;
    }

    /**
     * Why: {@code not-activated}, {@code other-license}, {@code activation-pending},
     * {@code deactivation-pending}, {@code machine-changed} or {@code seat-moved}.
     */
    public String code() {
        return code;
    }
}
