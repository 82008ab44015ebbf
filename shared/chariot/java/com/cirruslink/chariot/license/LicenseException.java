package com.cirruslink.chariot.license;

/** What can go wrong with a license. The message is a sentence for the person in front of it. */
public abstract class LicenseException extends Exception {
    private static final long serialVersionUID = 1;

    LicenseException(String message) {
        super(message);
    }

    LicenseException(String message, Throwable cause) {
        super(message, cause);
    }
}
