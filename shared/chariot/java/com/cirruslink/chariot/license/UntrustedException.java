package com.cirruslink.chariot.license;

/** What the license server sent does not verify, so that nothing of it was kept. */
public final class UntrustedException extends LicenseException {
    private static final long serialVersionUID = 1;

    UntrustedException(String what, RefusedException why) {
        this(what, why.getMessage(), why);
    }

    UntrustedException(String what, String why) {
        this(what, why, null);
    }

    private UntrustedException(String what, String why, RefusedException cause) {
        super("The license server sent a " + what + " that cannot be trusted: " + why + ". Nothing of it was kept."
                + " Compare the server's URL and the root keys with what Cirrus Link gave you, then try again.", cause);
    }
}
