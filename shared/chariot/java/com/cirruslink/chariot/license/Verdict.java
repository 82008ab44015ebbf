package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What follows from a certificate at a time. */
public final class Verdict {
    private final Action action;
    private final Instant until;
    private final String sentence;
    private final List<Feature> features;

    Verdict(Action action, Instant until, String sentence, List<Feature> features) {
        this.action = action;
        this.until = until;
        this.sentence = sentence;
        this.features = List.copyOf(features);
    }

    /**
     * What a Chariot server does at a time with a certificate that was verified. It is as mild as
     * the certificate allows:
     *
     * <ul>
     * <li>an end is warned of before it comes: 30 days, or the last quarter of the time of what is
     * short and renews by itself (a lease, contactBy)
     * <li>degrade and stop come only from the certificate's enforce
     * <li>the end of a feature ends that feature and never the server, but for the MQTT server
     * itself: its end counts as that of the license
     * <li>a time before the certificate was issued shows a wrong clock, and is taken for the time
     * of issue: a clock that fell back to 1970 stops nothing
     * </ul>
     *
     * <p>Source: FORMAT.md, When the time has run out.
     *
     * @param certificate null where there is none
     */
    public static Verdict of(Certificate certificate, Instant now) {
        if (certificate == null) {
            return new Verdict(Action.STOP, null, Sentences.of(RefusalException.NOT_ACTIVATED), List.of());
        }
        return new Judgment(certificate, now).verdict();
    }

    /** The JSON form of the command line. */
    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("action", action.toString());
        if (until != null) {
            members.put("until", until.toString());
        }
        if (!sentence.isEmpty()) {
            members.put("sentence", sentence);
        }
        if (!features.isEmpty()) {
            members.put("features", features.stream().map(Feature::toJson).collect(Collectors.toList()));
        }
        return members;
    }

    /** What the server does. */
    public Action action() {
        return action;
    }

    /** When time alone may change the verdict: judge again then. Null means never. */
    public Instant until() {
        return until;
    }

    /** The most urgent that there is to say; may be empty. */
    public String sentence() {
        return sentence;
    }

    /** What may be used: its end has not come. Unmodifiable. */
    public List<Feature> features() {
        return features;
    }

    /** Whether the feature of a name may be used. */
    public boolean allows(String feature) {
        return features.stream().anyMatch(f -> f.name().equals(feature));
    }

    @Override
    public String toString() {
        return sentence.isEmpty() ? action.toString() : action + ": " + sentence;
    }
}
