package com.cirruslink.chariot.license;

/** Text from elsewhere, made fit to be shown and sent. */
final class Text {
    private Text() {}

    /** The text without control characters, of up to {@code most} characters. */
    static String printable(String text, int most) {
        StringBuilder printable = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> {
            if (Character.isISOControl(c)) {
                printable.append(' ');
            } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                printable.append('?'); // half a character
            } else {
                printable.appendCodePoint(c);
            }
        });
        return printable.toString();
    }
}
