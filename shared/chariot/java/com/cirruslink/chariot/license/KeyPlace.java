package com.cirruslink.chariot.license;

import java.util.List;

/** A place where a license key may stand in a text of capitals, its prefix aside. */
final class KeyPlace {
    private final String text;
    private final int start;
    /** The front of the place as its writer set the groups off. */
    private final List<String> groups;
    private final int likeness;

    /** @param start 0 for the whole text, else the end of a prefix */
    KeyPlace(String text, int start) {
        this.text = text;
        this.start = start;
        groups = KeyGroups.split(text, start);
        likeness = (int) groups.stream().limit(KeyText.GROUPS).filter(g -> KeyGroups.fault(g) == null).count();
    }

    List<String> groups() {
        return groups;
    }

    /** How many groups have the form of a key's. */
    int likeness() {
        return likeness;
    }

    /** The key that stands here, in its one form; null where none does. */
    String key() {
        StringBuilder taken = new StringBuilder();
        int at = skipBetween(start);
        while (at < text.length() && taken.length() < KeyText.SYMBOLS && Crockford.value(text.charAt(at)) >= 0) {
            taken.append(text.charAt(at));
            at = skipBetween(at + 1);
        }
        String symbols = taken.toString();
        if (at == text.length() || symbols.length() < KeyText.SYMBOLS
                || !Crockford.verifies(symbols, text.charAt(at)) || !isKey(symbols)) {
            return null;
        }
        String key = Crockford.canonical(symbols + text.charAt(at));
        return KeyText.PREFIX + "-" + key.replaceAll("(.{5})", "$1-");
    }

    private int skipBetween(int from) {
        return Characters.find(text, from, c -> !Characters.isBetween(c));
    }

    /**
     * Whether symbols that agree with their check symbol are a key, and no sentence about Chariot:
     * those are set off as words, and have no digits, while one key in ten thousand has none.
     */
    private boolean isKey(String symbols) {
        return likeness == KeyText.GROUPS
                || (isPrefixed() || isAlone()) && symbols.chars().anyMatch(c -> c >= '0' && c <= '9');
    }

    /** Whether a prefix and a dash stand before. */
    private boolean isPrefixed() {
        int at = Characters.find(text, start, c -> !Characters.isBetween(c) || Characters.isDash(c));
        return start > 0 && at < text.length() && Characters.isDash(text.codePointAt(at));
    }

    /** Whether the text is 26 symbols and nothing else, the prefix left out. */
    private boolean isAlone() {
        return start == 0 && !text.contains(KeyText.PREFIX)
                && text.codePoints().filter(c -> !Characters.isBetween(c)).count() == KeyText.SYMBOLS + 1;
    }

    /** Whether a dash joins the place to its prefix: not "Chariot - the server". */
    boolean begins() {
        return start > 0 && start < text.length() && Characters.isDash(text.charAt(start))
                && (start + 1 == text.length() || !Characters.isBetween(text.codePointAt(start + 1)));
    }
}
