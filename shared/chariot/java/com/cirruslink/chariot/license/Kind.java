package com.cirruslink.chariot.license;

/** What a signed text is for, the typ of its header: one kind never passes for another. */
enum Kind {
    /** The certificate of one machine's activation. */
    CERTIFICATE("chariot-certificate+jwt"),
    /** The entitlement of a self-hosted floating server: a certificate, the server being the machine. */
    FLOATING("chariot-floating+jwt"),
    /** The trust bundle. */
    TRUST("chariot-trust+jwt");

    private final String typ;

    Kind(String typ) {
        this.typ = typ;
    }

    /** The word in headers and in the use of keys. */
    String typ() {
        return typ;
    }
}
