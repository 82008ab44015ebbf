package com.cirruslink.chariot.license;

import com.cirruslink.chariot.license.RefusedException.Reason;

/** Holds the certificate of an answer against the trust bundle, this machine, and what it has. */
final class AnswerCheck {
    private final Trust trust;
    private final LicenseState state;
    private final String fingerprint;

    AnswerCheck(Trust trust, LicenseState state, String fingerprint) {
        this.trust = trust;
        this.state = state;
        this.fingerprint = fingerprint;
    }

    /**
     * The certificate of an answer to a license key, found good. Which license belongs to the key,
     * the first verified certificate says: an imported or replaced key does not tell its license
     * ID.
     */
    Certificate certificate(LicenseKey key, LicensedAnswer answer) throws LicenseException {
        String pinned = state.pin(key);
        Expected expected = expected(pinned == null ? answer.license.id() : pinned, fingerprint);
        Bundle bundle = trust.bundle();
        Certificate found;
        try {
            found = verify(answer.certificate, bundle, expected);
            if (found == null) {
                bundle = trust.fetch();
                found = Certificate.verify(answer.certificate, bundle, expected);
            }
        } catch (RefusedException e) {
            if (e.is(Reason.MACHINE) && isMoved(bundle, answer)) {
                throw new RefusalException(RefusalException.SEAT_MOVED);
            }
            throw new UntrustedException("certificate", e);
        }
        if (!found.activationId().equals(answer.activation.id) || !answer.activation.fingerprint.equals(fingerprint)
                || !answer.license.id().equals(found.licenseId())) {
            throw new UntrustedException("certificate", "it is for another activation than the answer names");
        }
        if (isOlder(bundle, found)) {
            throw new UntrustedException("certificate", "it is older than the one that this machine has");
        }
        return found;
    }

    private static Expected expected(String licenseId, String fingerprint) {
        return new Expected(Kind.CERTIFICATE, licenseId, fingerprint, null);
    }

    /** Null where a newer trust bundle may have its key. */
    private Certificate verify(String compact, Bundle bundle, Expected expected) throws RefusedException {
        try {
            return Certificate.verify(compact, bundle, expected);
        } catch (RefusedException e) {
            if (e.is(Reason.UNKNOWN_KEY) && trust.mayFetch()) {
                return null;
            }
            throw e;
        }
    }

    /** Whether the answer is a good one to another computer. */
    private static boolean isMoved(Bundle bundle, LicensedAnswer answer) {
        try {
            Certificate.verify(answer.certificate, bundle,
                    expected(answer.license.id(), answer.activation.fingerprint));
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    /**
     * Whether a good certificate of the same activation that the machine already has is newer than
     * one.
     *
     * <p>Source: FORMAT.md, Certificate: the higher revision is the newer; with equal ones, the one
     * issued later.
     */
    private boolean isOlder(Bundle bundle, Certificate found) {
        if (state.certificate == null) {
            return false;
        }
        try {
            Certificate has = Certificate.verify(state.certificate, bundle,
                    expected(found.licenseId(), found.fingerprint()));
            return has.activationId().equals(found.activationId()) && (found.revision() < has.revision()
                    || found.revision() == has.revision() && found.issuedAt().isBefore(has.issuedAt()));
        } catch (RefusedException e) {
            return false;
        }
    }
}
