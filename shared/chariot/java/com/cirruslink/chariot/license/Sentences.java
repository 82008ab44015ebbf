package com.cirruslink.chariot.license;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the people in front of a machine read. The file beside this class holds it for the Go client too. */
public final class Sentences {
    private static final String FILE = "sentences.json";
    private static final Pattern PLACE = Pattern.compile("\\{(\\w+)}");
    private static final Map<String, String> ALL = load();

    private Sentences() {}

    private static Map<String, String> load() {
        try (InputStream in = Sentences.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is missing beside the classes of this package");
            }
            Map<String, String> all = new LinkedHashMap<>();
            ((Map<?, ?>) Json.parse(in.readAllBytes())).forEach((name, text) -> all.put((String) name, (String) text));
            return Collections.unmodifiableMap(all);
        } catch (IOException | JsonException e) {
            throw new IllegalStateException(FILE + " cannot be read", e);
        }
    }

    /**
     * All sentences, by the code of the problem or refusal, or the name, that each belongs to: for
     * translators. Words in braces stand for what is filled in. Unmodifiable.
     */
    public static Map<String, String> all() {
        return ALL;
    }

    /** The sentence of a name; empty where there is none. */
    static String of(String name) {
        return ALL.getOrDefault(name, "");
    }

    /** Fills in the words in braces. What has no value stays. */
    static String fill(String sentence, Map<String, String> values) {
        return PLACE.matcher(sentence).replaceAll(
                place -> Matcher.quoteReplacement(values.getOrDefault(place.group(1), place.group())));
    }
}
