package com.cirruslink.chariot.license;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Says where a license key was mistyped. */
final class KeyTypo {
    private static final String NO_KEY = "no license key found: it begins with CHARIOT- and has five groups of"
            + " five characters, then one more";

    /** The symbols most often taken for one another. */
    private static final String[] LOOKALIKES = {
        "0DQ", "8B3", "5S$", "2Z7", "6G", "17", "VYU", "MN", "CG", "EF", "PR", "KX", "4A", "9G"
    };

    private KeyTypo() {}

    /**
     * Explains what is wrong at the place that looks most like a key's. Of two alike it takes the
     * later: in a license file the key comes last.
     */
    static String explain(List<KeyPlace> places) {
        KeyPlace best = null;
        int likeness = 0;
        for (KeyPlace place : places) {
            int enough = place.begins() ? 1 : KeyText.GROUPS - 1;
            if (place.likeness() >= Math.max(enough, likeness)) {
                best = place;
                likeness = place.likeness();
            }
        }
        return best == null ? NO_KEY : explainGroups(best.groups());
    }

    private static String explainGroups(List<String> groups) {
        if (groups.size() == KeyText.GROUPS && isOneAscii(groups.get(KeyText.GROUPS - 1))) {
            return "the license key has four groups before the character at the end: it needs five";
        }
        for (int i = 0; i < Math.min(groups.size(), KeyText.GROUPS); i++) {
            String fault = KeyGroups.fault(groups.get(i));
            if (fault != null) {
                return name(i + 1) + " of the license key " + fault;
            }
        }
        if (groups.size() <= KeyText.GROUPS) {
            return name(groups.size() + 1) + " of the license key is missing";
        }
        int check = groups.get(KeyText.GROUPS).codePointAt(0);
        if (Crockford.checkValue(check) < 0) {
            return name(KeyText.GROUPS + 1) + " of the license key is none that a license key has";
        }
        return mistyped(suspects(String.join("", groups.subList(0, KeyText.GROUPS)) + (char) check));
    }

    private static boolean isOneAscii(String text) {
        return text.length() == 1 && text.charAt(0) < 0x80;
    }

    private static String mistyped(List<Integer> suspects) {
        String sentence = "a character of the license key is mistyped: compare ";
        if (suspects.isEmpty()) {
            return sentence + "each of its groups, 1 to 5, and the character at the end";
        }
        List<String> names = suspects.stream().map(KeyTypo::name).collect(Collectors.toList());
        String last = names.remove(names.size() - 1);
        return sentence + (names.isEmpty() ? "" : String.join(", ", names) + " and ") + last + " first";
    }

    private static String name(int group) {
        return group > KeyText.GROUPS ? "the character at the end" : "group " + group;
    }

    /**
     * The groups, 6 being the character at the end, in which one common slip would make the check
     * symbol right. One check symbol tells that there is a slip, not where: but of the likely
     * slips, few explain it.
     */
    private static List<Integer> suspects(String typed) {
        String symbols = Crockford.canonical(typed);
        TreeSet<Integer> groups = new TreeSet<>();
        for (int at = 0; at < symbols.length(); at++) {
            for (String slip : slips(symbols, at)) {
                if (isKey(slip)) {
                    groups.add(at / KeyText.GROUP_SIZE + 1);
                }
            }
        }
        return new ArrayList<>(groups);
    }

    /** The symbols with another in one place, or with that place and the one before it swapped. */
    private static List<String> slips(String symbols, int at) {
        List<String> slips = new ArrayList<>();
        char typed = symbols.charAt(at);
        for (String like : LOOKALIKES) {
            if (like.indexOf(typed) >= 0) {
                like.chars().forEach(c -> slips.add(symbols.substring(0, at) + (char) c + symbols.substring(at + 1)));
            }
        }
        if (at > 0) {
            slips.add(symbols.substring(0, at - 1) + typed + symbols.charAt(at - 1) + symbols.substring(at + 1));
        }
        return slips;
    }

    private static boolean isKey(String symbols) {
        String groups = symbols.substring(0, KeyText.SYMBOLS);
        return groups.chars().allMatch(c -> Crockford.value(c) >= 0)
                && Crockford.verifies(groups, symbols.charAt(KeyText.SYMBOLS));
    }
}
