package com.cirruslink.chariot.license;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes one value as JSON, for {@link Json}. */
final class JsonWriter {
    private final StringBuilder out = new StringBuilder();
    private final boolean pretty;

    JsonWriter(boolean pretty) {
        this.pretty = pretty;
    }

    String whole(Object value) {
        write(value, 0);
        return out.toString();
    }

    private void write(Object value, int level) {
        if (value instanceof Map) {
            object((Map<?, ?>) value, level);
        } else if (value instanceof List) {
            array((List<?>) value, level);
        } else if (value instanceof String) {
            string((String) value);
        } else if (value instanceof Boolean || value instanceof Long || value instanceof Integer
                || value instanceof Json.Number || value == Json.NULL) {
            out.append(value);
        } else {
            throw new IllegalArgumentException("not a value of JSON");
        }
    }

    private void object(Map<?, ?> members, int level) {
        out.append('{');
        for (Iterator<? extends Map.Entry<?, ?>> i = members.entrySet().iterator(); i.hasNext();) {
            Map.Entry<?, ?> member = i.next();
            startLine(level + 1);
            string((String) member.getKey());
            out.append(pretty ? ": " : ":");
            write(member.getValue(), level + 1);
            out.append(i.hasNext() ? "," : "");
        }
        end('}', members.isEmpty(), level);
    }

    private void array(List<?> entries, int level) {
        out.append('[');
        for (Iterator<?> i = entries.iterator(); i.hasNext();) {
            startLine(level + 1);
            write(i.next(), level + 1);
            out.append(i.hasNext() ? "," : "");
        }
        end(']', entries.isEmpty(), level);
    }

    private void end(char bracket, boolean empty, int level) {
        if (!empty) {
            startLine(level);
        }
        out.append(bracket);
    }

    private void startLine(int level) {
        if (pretty) {
            out.append('\n').append("  ".repeat(level));
        }
    }

    private void string(String text) {
        out.append('"');
        text.chars().forEach(c -> character((char) c));
        out.append('"');
    }

    private void character(char c) {
        int escaped = "\"\\\b\f\n\r\t".indexOf(c);
        if (escaped >= 0) {
            out.append('\\').append("\"\\bfnrt".charAt(escaped));
        } else if (c < ' ' || "<>&\u2028\u2029".indexOf(c) >= 0) {
            out.append(String.format("\\u%04x", (int) c));
        } else {
            out.append(c);
        }
    }
}
