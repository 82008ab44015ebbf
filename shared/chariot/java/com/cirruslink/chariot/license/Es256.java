package com.cirruslink.chariot.license;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EllipticCurve;
import java.util.Arrays;

/**
 * ES256: ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).
 *
 * <p>What decides about a key or a signature is checked here and not left to the runtime's
 * library: some JDKs accepted r = s = 0 for every text (CVE-2022-21449).
 */
final class Es256 {
    static final String NAME = "ES256";

    private static final int SIZE = 32;
    private static final ECParameterSpec P256 = p256();

    private Es256() {}

    private static ECParameterSpec p256() {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            return parameters.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** The key of a point; null unless x and y are 32 bytes each, and the point is on P-256. */
    static PublicKey publicKey(byte[] x, byte[] y) {
        if (x == null || y == null || x.length != SIZE || y.length != SIZE) {
            return null;
        }
        ECPoint point = new ECPoint(new BigInteger(1, x), new BigInteger(1, y));
        if (!isOnCurve(point)) {
            return null;
        }
        try {
            return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, P256));
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** y^2 = x^3 + ax + b modulo p, with x and y below p. */
    private static boolean isOnCurve(ECPoint point) {
        EllipticCurve curve = P256.getCurve();
        BigInteger p = ((ECFieldFp) curve.getField()).getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        BigInteger right = x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB());
        return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).subtract(right).mod(p).signum() == 0;
    }

    /**
     * Verifies a signature r and s, 32 bytes each. It refuses with SIGNATURE_FORM or SIGNATURE, in that order.
     *
     * <p>Of the two good signatures (r, s) and (r, n-s) only the one with the lower s is accepted,
     * so that a certificate has only one text.
     */
    static void verify(PublicKey key, byte[] message, byte[] signature) throws RefusedException {
        if (signature.length != 2 * SIZE
                || !isFrom1(signature, 0, P256.getOrder().subtract(BigInteger.ONE))
                || !isFrom1(signature, SIZE, P256.getOrder().shiftRight(1))) {
            throw new RefusedException(RefusedException.Reason.SIGNATURE_FORM);
        }
        if (!isGood(key, message, signature)) {
            throw new RefusedException(RefusedException.Reason.SIGNATURE);
        }
    }

    /** Whether the half of a signature that begins at an offset is from 1 to most. */
    private static boolean isFrom1(byte[] signature, int offset, BigInteger most) {
        BigInteger half = new BigInteger(1, Arrays.copyOfRange(signature, offset, offset + SIZE));
        return half.signum() > 0 && half.compareTo(most) <= 0;
    }

    private static boolean isGood(PublicKey key, byte[] message, byte[] signature) {
        try {
            Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(signature);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("This Java has no ES256: add the module jdk.crypto.ec to it.", e);
    }
}
