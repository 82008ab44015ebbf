package com.cirruslink.chariot.license;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The members of a JSON object of an answer or of the state, each read as what it must be. One that
 * is absent or null is empty; what nobody asks for is ignored.
 */
final class Members {
    private final Map<?, ?> members;

    private Members(Map<?, ?> members) {
        this.members = members;
    }

    /** Makes one thing of the members of an object. */
    interface Form<T> {
        T read(Members members) throws JsonException;
    }

    static Members parse(byte[] utf8) throws JsonException {
        Object value = Json.parse(utf8);
        if (value instanceof Map) {
            return new Members((Map<?, ?>) value);
        }
        throw new JsonException("not an object");
    }

    /** Null where absent. */
    private <T> T member(String name, Class<T> type) throws JsonException {
        Object value = members.get(name);
        if (value == null || value == Json.NULL) {
            return null;
        }
        if (!type.isInstance(value)) {
            throw new JsonException("a member is not of its type");
        }
        return type.cast(value);
    }

    /** Empty where absent. */
    String text(String name) throws JsonException {
        String text = member(name, String.class);
        return text == null ? "" : text;
    }

    /** 0 where absent. */
    long number(String name) throws JsonException {
        Json.Number number = member(name, Json.Number.class);
        return number == null ? 0 : number.longValue();
    }

    /** False where absent. */
    boolean flag(String name) throws JsonException {
        return Boolean.TRUE.equals(member(name, Boolean.class));
    }

    /** A time of RFC 3339; null where absent. */
    Instant time(String name) throws JsonException {
        String text = member(name, String.class);
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new JsonException("a member is no time");
        }
    }

    /** Null where absent. */
    <T> T object(String name, Form<T> form) throws JsonException {
        Map<?, ?> object = member(name, Map.class);
        return object == null ? null : form.read(new Members(object));
    }

    /** Read from an object without members where absent. */
    <T> T objectOrEmpty(String name, Form<T> form) throws JsonException {
        T object = object(name, form);
        return object != null ? object : form.read(new Members(Map.of()));
    }

    /** The texts of an object by their names; empty where absent. */
    Map<String, String> texts(String name) throws JsonException {
        Map<?, ?> object = member(name, Map.class);
        Map<String, String> texts = new LinkedHashMap<>();
        for (Object key : object == null ? Set.of() : object.keySet()) {
            texts.put((String) key, new Members(object).text((String) key));
        }
        return texts;
    }

    /** Empty where absent; unmodifiable. */
    <T> List<T> objects(String name, Form<T> form) throws JsonException {
        List<?> entries = member(name, List.class);
        List<T> objects = new ArrayList<>();
        for (Object entry : entries == null ? List.of() : entries) {
            if (!(entry instanceof Map)) {
                throw new JsonException("an entry is no object");
            }
            objects.add(form.read(new Members((Map<?, ?>) entry)));
        }
        return List.copyOf(objects);
    }

    /** The value as it was parsed; null where absent. */
    Object value(String name) {
        return members.get(name);
    }
}
