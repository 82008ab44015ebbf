package com.cirruslink.chariot.license;

/** A text is no license. The message says why and where to look, and never holds the text. */
public final class LicenseTextException extends LicenseException {
    private static final long serialVersionUID = 1;

    LicenseTextException(String why) {
        super("This license cannot be read: " + why + ". Nothing was sent."
                + " Give the license file as it came, or paste the license key.");
    }
}
