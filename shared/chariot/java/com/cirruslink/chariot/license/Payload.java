package com.cirruslink.chariot.license;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Takes the members of one object of a signed payload apart, as FORMAT.md, section 4, has them:
 * null is not the same as absent, no text is empty, and members that nobody asks for are ignored.
 * Every method refuses with PAYLOAD.
 */
final class Payload {
    private static final int MAX_DEPTH = 16;

    private final Map<?, ?> members;

    private Payload(Map<?, ?> members) {
        this.members = members;
    }

    /** Reads a payload whose signature was found good. */
    static Payload parse(byte[] utf8) throws RefusedException {
        for (byte b : utf8) {
            // No text of ours needs an escape, so each name has one spelling.
            if (b == '\\' || b >= 0 && b < ' ') {
                throw RefusedException.payload("not JSON in UTF-8 without escapes");
            }
        }
        try {
            Object value = Json.parse(utf8, MAX_DEPTH);
            if (value instanceof Map) {
                return new Payload((Map<?, ?>) value);
            }
        } catch (JsonException e) {
            throw RefusedException.payload(e.getMessage());
        }
        throw RefusedException.payload("not an object");
    }

    String text(String name) throws RefusedException {
        require(name);
        return optionalText(name);
    }

    /** Null where absent. */
    String optionalText(String name) throws RefusedException {
        String text = member(name, String.class);
        return check(name, text, text == null || !text.isEmpty());
    }

    long number(String name) throws RefusedException {
        require(name);
        return optionalNumber(name);
    }

    /** A number from 0 to 2^63-1, written in digits alone; 0 where absent. */
    long optionalNumber(String name) throws RefusedException {
        Json.Number digits = member(name, Json.Number.class);
        if (digits == null) {
            return 0;
        }
        try {
            long number = digits.longValue();
            return check(name, number, number >= 0 && Long.toString(number).equals(digits.toString()));
        } catch (JsonException e) {
            throw RefusedException.payload(name);
        }
    }

    /** False where absent. */
    boolean optionalFlag(String name) throws RefusedException {
        return Boolean.TRUE.equals(member(name, Boolean.class));
    }

    Instant time(String name) throws RefusedException {
        require(name);
        return optionalTime(name);
    }

    /** A time in the one form that signers write, UTC and whole seconds; null where absent. */
    Instant optionalTime(String name) throws RefusedException {
        String text = member(name, String.class);
        if (text == null) {
            return null;
        }
        try {
            Instant time = Instant.parse(text);
            // Writing it again catches what parse lets pass: fractions, 24:00:00, leap seconds.
            return check(name, time, time.toString().equals(text) && text.length() == 20 && time.getEpochSecond() >= 0);
        } catch (DateTimeException e) {
            throw RefusedException.payload(name);
        }
    }

    List<String> texts(String name) throws RefusedException {
        List<String> texts = list(name, String.class);
        return check(name, texts, !texts.contains(""));
    }

    List<Payload> objects(String name) throws RefusedException {
        List<Payload> objects = new ArrayList<>();
        for (Map<?, ?> entry : list(name, Map.class)) {
            objects.add(new Payload(entry));
        }
        return objects;
    }

    private <T> List<T> list(String name, Class<T> type) throws RefusedException {
        require(name);
        List<T> entries = new ArrayList<>();
        for (Object entry : member(name, List.class)) {
            check(name, entry, type.isInstance(entry));
            entries.add(type.cast(entry));
        }
        return entries;
    }

    private void require(String name) throws RefusedException {
        if (!members.containsKey(name)) {
            throw RefusedException.payload(name + " is missing");
        }
    }

    /** The value of a member, which must be of a type where it is present; null where it is not. */
    private <T> T member(String name, Class<T> type) throws RefusedException {
        Object value = members.get(name);
        check(name, value, value == null || type.isInstance(value));
        return type.cast(value);
    }

    private static <T> T check(String name, T value, boolean good) throws RefusedException {
        if (!good) {
            throw RefusedException.payload(name);
        }
        return value;
    }
}
