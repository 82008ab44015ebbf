package com.cirruslink.chariot.license;

/** The command line, or what it names, is wrong. */
final class UsageException extends LicenseException {
    private static final long serialVersionUID = 1;

    UsageException(String what) {
        super(what);
    }
}
