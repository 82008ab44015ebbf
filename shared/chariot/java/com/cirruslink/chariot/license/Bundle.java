package com.cirruslink.chariot.license;

import com.cirruslink.chariot.license.RefusedException.Reason;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trust bundle: the signing keys whose certificates count. A root key signs it. */
final class Bundle {
    private final long version;
    private final Instant issuedAt;
    private final Map<String, TrustedKey> keys = new LinkedHashMap<>();

    private Bundle(Payload payload) throws RefusedException {
        version = payload.number("version");
        issuedAt = payload.time("issuedAt");
        for (Payload entry : payload.objects("keys")) {
            TrustedKey key = new TrustedKey(entry);
            if (keys.put(key.jwk.kid, key) != null) {
                throw RefusedException.payload("two keys have the ID " + key.jwk.kid);
            }
        }
        // A key that is none makes the whole bundle bad: the client keeps the one it has.
        for (TrustedKey key : keys.values()) {
            checkKey(key.jwk);
        }
    }

    /** A key of an algorithm that this version does not know stays in: what it signed is refused. */
    private static void checkKey(Jwk key) throws RefusedException {
        if (!key.isEs256()) {
            return;
        }
        try {
            key.publicKey();
        } catch (RefusedException e) {
            throw RefusedException.key(key.kid);
        }
    }

    /**
     * Reads a trust bundle that one of the root keys signed. It refuses with COMPACT, HEADER, KIND,
     * ROOT, ALGORITHM, UNSUPPORTED, KEY, SIGNATURE_FORM, SIGNATURE, PAYLOAD, KEY (of an entry) or
     * REPLAYED, in that order.
     *
     * @param atLeast the highest version that was seen before, 0 if none was
     */
    static Bundle verify(String compact, List<RootKey> roots, long atLeast) throws RefusedException {
        Jws jws = new Jws(compact, Kind.TRUST);
        Jwk root = find(jws.kid(), roots);
        Bundle bundle = new Bundle(Payload.parse(jws.payload(root)));
        if (bundle.version < atLeast) {
            throw RefusedException.replayed(bundle.version, atLeast);
        }
        return bundle;
    }

    private static Jwk find(String kid, List<RootKey> roots) throws RefusedException {
        for (RootKey root : roots) {
            if (root.keyId().equals(kid)) {
                return root.jwk();
            }
        }
        throw new RefusedException(Reason.ROOT);
    }

    /** Rises with every change. */
    long version() {
        return version;
    }

    Instant issuedAt() {
        return issuedAt;
    }

    /** The keys, in their order. */
    Collection<TrustedKey> keys() {
        return Collections.unmodifiableCollection(keys.values());
    }

    /** The key of an ID; null where the bundle has none. */
    TrustedKey key(String kid) {
        return keys.get(kid);
    }
}
