package com.cirruslink.chariot.license;

/**
 * A text is not the JSON that was expected. The message may quote a name in the text, so it is for
 * logs only where the text is no secret.
 */
final class JsonException extends Exception {
    private static final long serialVersionUID = 1;

    JsonException(String message) {
        super(message);
    }
}
