package com.cirruslink.chariot.license;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one text of JSON, for {@link Json}. */
final class JsonReader {
    /** Stands for the end of the text. As a character it is allowed nowhere in JSON either. */
    private static final char END = '\0';

    private final String text;
    private final int maxDepth;
    private int at;

    JsonReader(String text, int maxDepth) {
        this.text = text;
        this.maxDepth = maxDepth;
    }

    Object whole() throws JsonException {
        Object value = value(1);
        skipSpace();
        if (at < text.length()) {
            throw fault();
        }
        return value;
    }

    /** Reads the next value. Recursion ends at maxDepth, whatever the text does. */
    private Object value(int depth) throws JsonException {
        skipSpace();
        switch (peek()) {
            case '{':
                return object(depth);
            case '[':
                return array(depth);
            case '"':
                return string();
            case 't':
                return literal("true", Boolean.TRUE);
            case 'f':
                return literal("false", Boolean.FALSE);
            case 'n':
                return literal("null", Json.NULL);
            default:
                return number();
        }
    }

    private Map<String, Object> object(int depth) throws JsonException {
        enter('{', depth);
        Map<String, Object> members = new LinkedHashMap<>();
        if (skipped('}')) {
            return members;
        }
        do {
            skipSpace();
            String name = string();
            if (members.containsKey(name)) {
                throw new JsonException("two members are called \"" + name + "\"");
            }
            expect(':');
            members.put(name, value(depth + 1));
        } while (skipped(','));
        expect('}');
        return members;
    }

    private List<Object> array(int depth) throws JsonException {
        enter('[', depth);
        List<Object> entries = new ArrayList<>();
        if (skipped(']')) {
            return entries;
        }
        do {
            entries.add(value(depth + 1));
        } while (skipped(','));
        expect(']');
        return entries;
    }

    private void enter(char bracket, int depth) throws JsonException {
        expect(bracket);
        if (depth > maxDepth) {
            throw new JsonException("nested deeper than " + maxDepth);
        }
    }

    private String string() throws JsonException {
        expect('"');
        StringBuilder out = new StringBuilder();
        boolean escaped = false;
        for (char c = next(); c != '"'; c = next()) {
            if (c < ' ') {
                throw fault();
            }
            escaped |= c == '\\';
            out.append(c == '\\' ? escape() : c);
        }
        // Only escapes can write half a surrogate pair.
        return escaped ? Characters.wellFormed(out.toString()) : out.toString();
    }

    private char escape() throws JsonException {
        char c = next();
        switch (c) {
            case '"':
            case '\\':
            case '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                return (char) (hex() << 12 | hex() << 8 | hex() << 4 | hex());
            default:
                throw fault();
        }
    }

    private int hex() throws JsonException {
        int value = "0123456789abcdef".indexOf(Character.toLowerCase(next()));
        if (value < 0) {
            throw fault();
        }
        return value;
    }

    private Object literal(String word, Object value) throws JsonException {
        if (!text.startsWith(word, at)) {
            throw fault();
        }
        at += word.length();
        return value;
    }

    private Json.Number number() throws JsonException {
        int start = at;
        took('-');
        if (!took('0')) {
            digits();
        }
        if (took('.')) {
            digits();
        }
        if (took('e') || took('E')) {
            if (!took('+')) {
                took('-');
            }
            digits();
        }
        return new Json.Number(text.substring(start, at));
    }

    private void digits() throws JsonException {
        int start = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == start) {
            throw fault();
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private char next() {
        char c = peek();
        at++;
        return c;
    }

    private boolean took(char c) {
        boolean found = peek() == c;
        if (found) {
            at++;
        }
        return found;
    }

    private boolean skipped(char c) {
        skipSpace();
        return took(c);
    }

    private void expect(char c) throws JsonException {
        if (!skipped(c)) {
            throw fault();
        }
    }

    private void skipSpace() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
            at++;
        }
    }

    private JsonException fault() {
        return new JsonException("not JSON in UTF-8");
    }
}
