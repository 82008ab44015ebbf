package com.cirruslink.chariot.license;

/** A setting cannot be used. The message says which, and what to do. */
public final class SettingsException extends LicenseException {
    private static final long serialVersionUID = 1;

    SettingsException(String what) {
        super(what);
    }
}
