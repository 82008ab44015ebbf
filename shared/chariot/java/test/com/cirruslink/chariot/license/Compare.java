package com.cirruslink.chariot.license;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Says what this client makes of the cases of the Go tests: one JSON object a line comes in, and
 * one goes out. Its member {@code do} says what it is about; bytes are in base64.
 */
final class Compare {
    /** The last bundle that was accepted, for the certificates that follow; null where it was refused. */
    private Bundle bundle;

    private Compare() {}

    public static void main(String[] args) throws IOException, JsonException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        Compare compare = new Compare();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<?, ?> asked = (Map<?, ?>) Json.parse(line.getBytes(StandardCharsets.UTF_8));
            out.print(Json.write(compare.answer(asked)) + "\n");
        }
        out.flush();
    }

    private Map<String, Object> answer(Map<?, ?> asked) throws JsonException {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            answer.put("reads", read(asked));
        } catch (RefusedException e) {
            answer.put("refused", e.reason());
            answer.put("says", e.getMessage());
        } catch (LicenseTextException e) {
            answer.put("says", e.getMessage());
        }
        return answer;
    }

    private String read(Map<?, ?> asked) throws JsonException, RefusedException, LicenseTextException {
        switch (text(asked, "do")) {
            case "bundle":
                bundle = null;
                bundle = Bundle.verify(text(asked, "text"), RootKey.listFromJson(asked.get("roots")),
                        ((Json.Number) asked.get("atLeast")).longValue());
                return Json.write(reading(bundle));
            case "certificate":
                return Json.write(reading(Certificate.verify(text(asked, "text"), bundle, expected(asked))));
            case "es256":
                PublicKey key = Es256.publicKey(data(asked, "x"), data(asked, "y"));
                Es256.verify(key, data(asked, "message"), data(asked, "signature"));
                return "";
            case "key":
                LicenseKey found = LicenseKey.parse(data(asked, "data"));
                return found.reveal() + " " + found.hash() + " " + found;
            case "json":
                return json(data(asked, "data"));
            case "roots":
                return RootKey.parse(data(asked, "data")).toString();
            default:
                throw new IllegalArgumentException("there is no such thing to do");
        }
    }

    private static String json(byte[] utf8) {
        try {
            Object value = Json.parse(utf8);
            return Json.write(value) + "\n" + Json.writePretty(value);
        } catch (JsonException e) {
            return e.getMessage();
        }
    }

    private static Expected expected(Map<?, ?> asked) {
        Kind kind = null;
        for (Kind known : Kind.values()) {
            kind = known.typ().equals(text(asked, "kind")) ? known : kind;
        }
        String nonce = text(asked, "nonce");
        return new Expected(kind, text(asked, "license"), text(asked, "machine"), nonce.isEmpty() ? null : nonce);
    }

    /** The payload again, as its signer would have written what was understood of it. */
    private static Map<String, Object> reading(Certificate c) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("licenseId", c.licenseId());
        out.put("activationId", c.activationId());
        out.put("fingerprint", c.fingerprint());
        out.put("deployment", c.deployment());
        List<Object> features = new ArrayList<>();
        c.features().forEach(f -> features.add(f.toJson()));
        out.put("features", features);
        out.put("revision", c.revision());
        put(out, "issuedAt", c.issuedAt());
        put(out, "expires", c.expires());
        if (c.nonce() != null) {
            out.put("nonce", c.nonce());
        }
        if (c.sequence() != 0) {
            out.put("sequence", c.sequence());
        }
        out.put("enforce", c.enforce().toString());
        put(out, "graceUntil", c.graceUntil());
        put(out, "contactBy", c.contactBy());
        return out;
    }

    private static Map<String, Object> reading(Bundle b) {
        List<Object> keys = new ArrayList<>();
        for (TrustedKey k : b.keys()) {
            Map<String, Object> key = new LinkedHashMap<>();
            key.put("kid", k.jwk.kid);
            key.put("kty", k.jwk.kty);
            key.put("crv", k.jwk.crv);
            key.put("alg", k.jwk.alg);
            key.put("x", k.jwk.x);
            key.put("y", k.jwk.y);
            key.put("use", k.use);
            put(key, "notBefore", k.notBefore);
            put(key, "retiredAt", k.retiredAt);
            keys.add(key);
        }
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("version", b.version());
        put(out, "issuedAt", b.issuedAt());
        out.put("keys", keys);
        return out;
    }

    private static void put(Map<String, Object> out, String name, Instant time) {
        if (time != null) {
            out.put(name, time.toString());
        }
    }

    private static String text(Map<?, ?> asked, String name) {
        return (String) asked.get(name);
    }

    private static byte[] data(Map<?, ?> asked, String name) {
        return Base64.getDecoder().decode(text(asked, name));
    }
}
