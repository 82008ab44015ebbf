package com.cirruslink.chariot.license;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A key that Chariot pins: it signs trust bundles, nothing else. Cirrus Link gives out two. */
public final class RootKey {
    private static final String[] MEMBERS = {"kid", "kty", "crv", "alg", "x", "y"};

    private final Map<String, Object> members;
    private final Jwk jwk;

    private RootKey(Map<String, Object> members) {
        this.members = members;
        jwk = new Jwk(text("kid"), text("kty"), text("crv"), text("alg"), text("x"), text("y"));
    }

    private String text(String name) {
        return (String) members.get(name);
    }

    /**
     * Reads the root keys as Cirrus Link gives them out: a JSON array of P-256 JWKs with kid and
     * alg, or an object with such a {@code rootKeys}.
     *
     * @return none unless all of them are good keys
     */
    public static List<RootKey> parse(byte[] json) {
        try {
            Object value = Json.parse(json);
            List<RootKey> roots = listFromJson(value instanceof Map ? ((Map<?, ?>) value).get("rootKeys") : value);
            for (RootKey root : roots) {
                root.jwk.publicKey();
                if (root.keyId().isEmpty()) {
                    return List.of();
                }
            }
            return roots;
        } catch (JsonException | RefusedException e) {
            return List.of();
        }
    }

    /** Reads a list of JWKs, whatever keys they are. What a JWK lacks is empty. */
    static List<RootKey> listFromJson(Object value) throws JsonException {
        if (!(value instanceof List)) {
            throw new JsonException("the root keys are no list");
        }
        List<RootKey> roots = new ArrayList<>();
        for (Object entry : (List<?>) value) {
            roots.add(fromJson(entry));
        }
        return List.copyOf(roots);
    }

    private static RootKey fromJson(Object value) throws JsonException {
        if (!(value instanceof Map)) {
            throw new JsonException("a root key is no object");
        }
        Map<String, Object> members = new LinkedHashMap<>();
        for (String name : MEMBERS) {
            Object member = ((Map<?, ?>) value).get(name);
            if (member != null && !(member instanceof String)) {
                throw new JsonException("the " + name + " of a root key is no text");
            }
            members.put(name, member == null ? "" : member);
        }
        return new RootKey(members);
    }

    /** The JWK. */
    Map<String, Object> toJson() {
        return new LinkedHashMap<>(members);
    }

    /** The ID by which trust bundles name the key. */
    public String keyId() {
        return jwk.kid;
    }

    Jwk jwk() {
        return jwk;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RootKey && ((RootKey) other).members.equals(members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    /** The ID of the key. */
    @Override
    public String toString() {
        return keyId();
    }
}
