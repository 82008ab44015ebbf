package com.cirruslink.chariot.license;

import java.util.ArrayList;
import java.util.List;

/** The groups of a license key as its writer set them off. */
final class KeyGroups {
    /**
     * How many bytes of UTF-8 are looked at for groups: enough for a key that was quoted and
     * wrapped, little where a text is made to waste our time.
     */
    private static final int MAX_FRONT = 256;

    private KeyGroups() {}

    /**
     * Splits the front of a text into up to five groups and a check symbol: at dashes if its writer
     * used them, else at white space, else every five symbols. A group that was wrapped is put
     * together again. Where dashes set groups off, what follows without one is no part of the key.
     */
    static List<String> split(String text, int start) {
        List<Word> words = words(front(text, start));
        if (!words.isEmpty() && isRunTogether(words.get(0).text)) {
            return runTogether(words.get(0).text);
        }
        boolean dashes = words.stream().skip(1).limit(2).anyMatch(w -> w.dashed);
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < words.size() && groups.size() <= KeyText.GROUPS; i++) {
            Word word = words.get(i);
            Word next = i + 1 < words.size() ? words.get(i + 1) : null;
            boolean goesOn = !dashes || next == null || next.dashed || next.wrapped;
            int last = groups.size() - 1;
            if (i > 0 && word.wrapped && goesOn
                    && Characters.count(groups.get(last) + word.text) <= KeyText.GROUP_SIZE) {
                groups.set(last, groups.get(last) + word.text);
            } else if (i > 0 && dashes && !word.dashed) {
                return groups;
            } else {
                groups.add(word.text);
            }
        }
        return groups;
    }

    private static String front(String text, int start) {
        int end = start;
        int bytes = 0;
        while (end < text.length()) {
            int c = text.codePointAt(end);
            bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            if (bytes > MAX_FRONT) {
                break;
            }
            end += Character.charCount(c);
        }
        return text.substring(start, end);
    }

    /** What stands between two runs of what {@link Characters#isBetween} reports. */
    private static final class Word {
        final String text;
        /** Whether a dash stands before. */
        final boolean dashed;
        /** Whether nothing stands before but one line break or invisible marks. */
        final boolean wrapped;

        Word(String gap, String text) {
            this.text = text;
            dashed = gap.codePoints().anyMatch(Characters::isDash);
            boolean oneBreak = gap.chars().filter(c -> c == '\n').count() == 1;
            wrapped = !dashed && (oneBreak || gap.codePoints().noneMatch(Characters::isSpace));
        }
    }

    private static List<Word> words(String text) {
        List<Word> words = new ArrayList<>();
        int end = 0;
        while (true) {
            int start = Characters.find(text, end, c -> !Characters.isBetween(c));
            if (start == text.length()) {
                return words;
            }
            String gap = text.substring(end, start);
            end = Characters.find(text, start, Characters::isBetween);
            words.add(new Word(gap, text.substring(start, end)));
        }
    }

    /** Whether a word is 26 symbols that nothing sets off, perhaps with punctuation at the end. */
    private static boolean isRunTogether(String word) {
        int end = word.length();
        while (end > 0 && Characters.isPunctuation(word.codePointBefore(end)) && word.charAt(end - 1) != '*') {
            end -= Character.charCount(word.codePointBefore(end));
        }
        return end == KeyText.SYMBOLS + 1 && word.chars().limit(end).allMatch(c -> c < 0x80);
    }

    private static List<String> runTogether(String word) {
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < KeyText.SYMBOLS; i += KeyText.GROUP_SIZE) {
            groups.add(word.substring(i, i + KeyText.GROUP_SIZE));
        }
        groups.add(word.substring(KeyText.SYMBOLS));
        return groups;
    }

    /** What is certainly wrong with a group, as the rest of a sentence; null if nothing is. */
    static String fault(String group) {
        for (int c : group.codePoints().toArray()) {
            if (c == 'U') {
                return "has the letter U, which no license key has there: it may be a V";
            }
            if (Crockford.value(c) < 0) {
                return "has a character that no license key has"
                        + (Characters.isPrintable(c) ? ": " + Character.toString(c) : "");
            }
        }
        int length = Characters.count(group);
        if (length < KeyText.GROUP_SIZE) {
            return "has only " + length + " of its " + KeyText.GROUP_SIZE + " characters";
        }
        if (length > KeyText.GROUP_SIZE) {
            return "has " + length + " characters: it needs " + KeyText.GROUP_SIZE;
        }
        return null;
    }
}
