package com.cirruslink.chariot.license;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the license key in what a person pasted: a whole license file or the key alone, in small
 * letters, wrapped, quoted, with other dashes or none, the prefix left out.
 */
final class KeyText {
    static final String PREFIX = "CHARIOT";
    static final int GROUPS = 5;
    static final int GROUP_SIZE = 5;
    static final int SYMBOLS = GROUPS * GROUP_SIZE;

    private KeyText() {}

    /** The key in a text, in its one form. It fails with a sentence that never holds a key. */
    static String find(String text) throws LicenseTextException {
        if (text.codePoints().anyMatch(KeyText::isForbidden)) {
            throw new LicenseTextException("it is not a text: save it as plain text, or paste the key"
                    + " (the text holds a control character)");
        }
        List<KeyPlace> places = places(upper(text));
        Set<String> keys = keysAt(places);
        if (keys.size() > 1) {
            throw new LicenseTextException("the text holds two different license keys: paste the one that is meant");
        }
        if (keys.isEmpty()) {
            throw new LicenseTextException(KeyTypo.explain(places));
        }
        return keys.iterator().next();
    }

    /** Control characters that no license file holds. */
    private static boolean isForbidden(int c) {
        return Character.getType(c) == Character.CONTROL && c != '\r' && c != '\n' && c != '\t';
    }

    /** Only a to z: other letters have capitals of which some are symbols of a key. */
    private static String upper(String text) {
        StringBuilder out = new StringBuilder(text);
        for (int i = 0; i < out.length(); i++) {
            char c = out.charAt(i);
            if (c >= 'a' && c <= 'z') {
                out.setCharAt(i, (char) (c - 'a' + 'A'));
            }
        }
        return out.toString();
    }

    /** The whole text, should the prefix have been left out, and what follows each prefix. */
    private static List<KeyPlace> places(String text) {
        List<KeyPlace> places = new ArrayList<>();
        places.add(new KeyPlace(text, 0));
        int at = text.indexOf(PREFIX);
        while (at >= 0) {
            places.add(new KeyPlace(text, at + PREFIX.length()));
            at = text.indexOf(PREFIX, at + PREFIX.length());
        }
        return places;
    }

    /**
     * The keys that stand at some places. Where there are several, the ones whose groups are set
     * off as a key's count more than what only happens to agree with its check symbol.
     */
    private static Set<String> keysAt(List<KeyPlace> places) {
        Set<String> all = new LinkedHashSet<>();
        Set<String> formed = new LinkedHashSet<>();
        for (KeyPlace place : places) {
            String key = place.key();
            if (key != null) {
                all.add(key);
                if (place.likeness() == GROUPS) {
                    formed.add(key);
                }
            }
        }
        return formed.isEmpty() ? all : formed;
    }
}
