package com.cirruslink.chariot.license;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An answer of HTTP. */
final class HttpReply {
    /** Far above what the license server answers, in bytes. */
    static final int MAX_BODY = 256 << 10;

    private final int status;
    /** By names in small letters. */
    private final Map<String, List<String>> headers;
    private final byte[] body;

    HttpReply(int status, Map<String, List<String>> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    int status() {
        return status;
    }

    /** The values of a header, none if it is not there. */
    List<String> headers(String name) {
        return headers.getOrDefault(name, List.of());
    }

    /** The first value of a header; empty if it is not there. */
    String header(String name) {
        return headers(name).stream().findFirst().orElse("");
    }

    /** What it holds, in small letters and without parameters; empty if it does not say. */
    String mediaType() {
        return header("content-type").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    /** The body; cut off, where it is too long. */
    byte[] body() {
        return body;
    }

    boolean isTooLong() {
        return body.length > MAX_BODY;
    }

    /** When the server says that it answered; null if it does not say. */
    Instant date() {
        return time(header("date"));
    }

    private static Instant time(String text) {
        try {
            return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** How long the server asks to wait, in seconds or until a time; up to a day in seconds. */
    Duration retryAfter(Instant now) {
        String text = header("retry-after");
        if (text.matches("[0-9]{1,18}")) {
            return Duration.ofSeconds(Math.min(Long.parseLong(text), 24 * 60 * 60));
        }
        Instant at = time(text);
        return at == null || at.isBefore(now) ? Duration.ZERO : Duration.between(now, at);
    }
}
