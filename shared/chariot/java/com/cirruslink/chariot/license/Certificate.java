package com.cirruslink.chariot.license;

import com.cirruslink.chariot.license.RefusedException.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The signed proof that a machine holds a seat: all that its owner may rely on while nobody can be
 * asked. Times are in whole seconds.
 */
public final class Certificate {
    private final String licenseId;
    private final String activationId;
    private final String fingerprint;
    private final String deployment;
    private final List<Feature> features;
    private final long revision;
    private final Instant issuedAt;
    private final Instant expires;
    private final String nonce;
    private final long sequence;
    private final Enforcement enforce;
    private final Instant graceUntil;
    private final Instant contactBy;

    private Certificate(Payload payload) throws RefusedException {
        licenseId = payload.text("licenseId");
        activationId = payload.text("activationId");
        fingerprint = payload.text("fingerprint");
        deployment = payload.text("deployment");
        features = features(payload);
        revision = payload.number("revision");
        issuedAt = payload.time("issuedAt");
        expires = payload.optionalTime("expires");
        nonce = payload.optionalText("nonce");
        sequence = payload.optionalNumber("sequence");
        enforce = Enforcement.of(payload.optionalText("enforce"));
        graceUntil = payload.optionalTime("graceUntil");
        contactBy = payload.optionalTime("contactBy");
    }

    private static List<Feature> features(Payload payload) throws RefusedException {
        List<Feature> features = new ArrayList<>();
        for (Payload entry : payload.objects("features")) {
            features.add(new Feature(entry.text("name"), entry.optionalTime("until"), entry.optionalFlag("metered")));
        }
        return List.copyOf(features);
    }

    /**
     * Reads a certificate that a key of the bundle signed, and that is the expected one. It refuses
     * with COMPACT, HEADER, KIND, UNKNOWN_KEY, KEY_USE, ALGORITHM, UNSUPPORTED, KEY,
     * SIGNATURE_FORM, SIGNATURE, PAYLOAD, KEY_PERIOD, LICENSE, MACHINE or NONCE, in that order.
     *
     * <p>Nothing in the payload is looked at before the signature is found good. Whether the time
     * of the certificate has run out is not looked at here.
     *
     * @param bundle null where there is none; then every key is unknown
     */
    static Certificate verify(String compact, Bundle bundle, Expected expected) throws RefusedException {
        Jws jws = new Jws(compact, expected.kind);
        TrustedKey key = bundle == null ? null : bundle.key(jws.kid());
        refuseIf(key == null, Reason.UNKNOWN_KEY);
        refuseIf(expected.kind == Kind.TRUST || !key.signs(expected.kind), Reason.KEY_USE);
        Certificate c = new Certificate(Payload.parse(jws.payload(key.jwk)));
        refuseIf(!key.holds(c.issuedAt), Reason.KEY_PERIOD);
        refuseIf(!c.licenseId.equals(expected.licenseId), Reason.LICENSE);
        refuseIf(!c.fingerprint.equals(expected.fingerprint), Reason.MACHINE);
        refuseIf(!Objects.equals(c.nonce, expected.nonce), Reason.NONCE);
        return c;
    }

    private static void refuseIf(boolean wrong, Reason reason) throws RefusedException {
        if (wrong) {
            throw new RefusedException(reason);
        }
    }

    /** The license, {@code lic_...}. It is no secret. */
    public String licenseId() {
        return licenseId;
    }

    /** The activation, {@code act_...}: new each time that a machine takes a seat. */
    public String activationId() {
        return activationId;
    }

    /** The machine: 64 hexadecimal digits. */
    public String fingerprint() {
        return fingerprint;
    }

    /**
     * How the license may be activated: {@code online}, {@code leased}, {@code offline},
     * {@code floating}, {@code marketplace}, or a word that this version does not know.
     */
    public String deployment() {
        return deployment;
    }

    /** What may be used, unmodifiable. */
    public List<Feature> features() {
        return features;
    }

    /** Counts the changes of the license: of two certificates of one activation, the higher is the newer. */
    public long revision() {
        return revision;
    }

    /** When it was signed. */
    public Instant issuedAt() {
        return issuedAt;
    }

    /** The end of the license or lease, exclusive; null: it never ends. */
    public Instant expires() {
        return expires;
    }

    /** The nonce of the offline request that it answers; null online. */
    public String nonce() {
        return nonce;
    }

    /** The sequence of the offline request that it answers; 0 online. */
    public long sequence() {
        return sequence;
    }

    /** What happens once its time has run out. */
    public Enforcement enforce() {
        return enforce;
    }

    /** Until when all goes on as before although it has expired; null: there is no grace. */
    public Instant graceUntil() {
        return graceUntil;
    }

    /** Until when the machine must have reactivated; null: it never needs to. */
    public Instant contactBy() {
        return contactBy;
    }
}
