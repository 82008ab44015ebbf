package com.cirruslink.chariot.license;

import java.util.function.IntPredicate;

/** Kinds of characters, as Unicode has them. Some are between the symbols of a license key. */
final class Characters {
    private Characters() {}

    /** White space, dashes, quote marks of mail, invisible marks. */
    static boolean isBetween(int c) {
        return isSpace(c) || isDash(c) || c == '>' || Character.getType(c) == Character.FORMAT;
    }

    static boolean isDash(int c) {
        return c == '-' || c >= 0x2010 && c <= 0x2015 || c == 0x2212 || c == 0xad || c == 0xfe63 || c == 0xff0d;
    }

    /** White space as Unicode has it; none of Java's own methods is that. */
    static boolean isSpace(int c) {
        return c == ' ' || c >= '\t' && c <= '\r' || c == 0x85 || c == 0xa0 || c == 0x1680
                || c >= 0x2000 && c <= 0x200a || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
    }

    /** What shows: letters, marks, numbers, punctuation and symbols that this Java knows. */
    static boolean isPrintable(int c) {
        switch (Character.getType(c)) {
            case Character.UNASSIGNED:
            case Character.CONTROL:
            case Character.FORMAT:
            case Character.PRIVATE_USE:
            case Character.SURROGATE:
            case Character.SPACE_SEPARATOR:
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
                return c == ' ';
            default:
                return true;
        }
    }

    static boolean isPunctuation(int c) {
        switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION:
            case Character.DASH_PUNCTUATION:
            case Character.START_PUNCTUATION:
            case Character.END_PUNCTUATION:
            case Character.INITIAL_QUOTE_PUNCTUATION:
            case Character.FINAL_QUOTE_PUNCTUATION:
            case Character.OTHER_PUNCTUATION:
                return true;
            default:
                return false;
        }
    }

    /** The first index from start on whose character is of a kind; the length where there is none. */
    static int find(String text, int start, IntPredicate kind) {
        int at = start;
        while (at < text.length() && !kind.test(text.codePointAt(at))) {
            at += Character.charCount(text.codePointAt(at));
        }
        return at;
    }

    /** The text with U+FFFD for each half of a surrogate pair, which by itself is no character. */
    static String wellFormed(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().forEach(c -> out.appendCodePoint(c >= 0xd800 && c <= 0xdfff ? 0xfffd : c));
        return out.toString();
    }

    static int count(String text) {
        return text.codePointCount(0, text.length());
    }
}
