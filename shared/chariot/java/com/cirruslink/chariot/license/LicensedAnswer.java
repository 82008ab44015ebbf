package com.cirruslink.chariot.license;

/** The good answer to activate and reactivate. */
final class LicensedAnswer {
    final Activation activation;
    final View license;
    final String certificate;

    LicensedAnswer(Members members) throws JsonException {
        activation = members.objectOrEmpty("activation", Activation::new);
        license = members.objectOrEmpty("license", View::new);
        certificate = members.text("certificate");
    }
}
