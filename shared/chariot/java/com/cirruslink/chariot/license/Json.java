package com.cirruslink.chariot.license;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * JSON as RFC 8259 has it, read strictly: UTF-8 without a byte order mark, no two members of one
 * name in an object, nothing after the value. An object is a {@code Map<String, Object>} in the
 * order of the text, an array a {@code List<Object>}, and the rest {@link String},
 * {@link Boolean}, {@link Number} or {@link #NULL}.
 */
final class Json {
    /** The value {@code null}. */
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    /** How deep a text may nest unless its reader says otherwise; the outermost value is 1. */
    static final int MAX_DEPTH = 64;

    private Json() {}

    /** Reads a text that nests up to {@link #MAX_DEPTH} deep. */
    static Object parse(byte[] utf8) throws JsonException {
        return parse(utf8, MAX_DEPTH);
    }

    /** Reads a text; an array or object deeper than {@code maxDepth} is refused. */
    static Object parse(byte[] utf8, int maxDepth) throws JsonException {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException e) {
            throw new JsonException("not JSON in UTF-8");
        }
        return new JsonReader(text, maxDepth).whole();
    }

    /**
     * Writes a value that is made of what {@link #parse(byte[])} returns, {@link Long} and
     * {@link Integer}, without spaces. The Go client writes the same bytes: {@code <}, {@code >}
     * and {@code &} are escaped.
     */
    static String write(Object value) {
        return new JsonWriter(false).whole(value);
    }

    /** Writes a value with line breaks, and two spaces for each level. */
    static String writePretty(Object value) {
        return new JsonWriter(true).whole(value);
    }

    /** A number as it stands in the text. */
    static final class Number {
        private final String text;

        Number(String text) {
            this.text = text;
        }

        /** The number, which must be written in digits alone, perhaps with a minus in front. */
        long longValue() throws JsonException {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new JsonException("not a whole number of 64 bits");
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Number && ((Number) other).text.equals(text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }

        /** The digits as they stand in the text. */
        @Override
        public String toString() {
            return text;
        }
    }
}
