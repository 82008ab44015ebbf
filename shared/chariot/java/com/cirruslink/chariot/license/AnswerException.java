package com.cirruslink.chariot.license;

/**
 * Something answered, and not as a license server does: the URL is wrong, or there is something in
 * between.
 */
public final class AnswerException extends LicenseException {
    private static final long serialVersionUID = 1;

    private final int status;

    /** @param status that of HTTP; 0 if what is wrong is in a good answer */
    AnswerException(String server, int status, String what) {
        super(sentence(server, status, what));
        this.status = status;
    }

    private static String sentence(String server, int status, String what) {
        String with = status == 0 ? "" : " (status " + status + ")";
        if (Exchange.isBusy(status)) {
            return "The license server " + server + " is out of order for a moment" + with
                    + ". Nothing is lost: try again in a few minutes.";
        }
        return "The answer of " + server + with + " is of no use: " + what + ". Check the license server's URL,"
                + " and whether a proxy or a login page stands in between.";
    }

    /** The status of HTTP; 0 if what is wrong is in a good answer. */
    public int status() {
        return status;
    }
}
