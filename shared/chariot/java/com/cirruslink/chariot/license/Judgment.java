package com.cirruslink.chariot.license;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A {@link Verdict} in the making. */
final class Judgment {
    /** How long before an end Chariot begins to warn. */
    private static final Duration NOTICE = Duration.ofDays(30);
    /** How far a clock may be behind the server's before it is called wrong. */
    private static final Duration CLOCK_SLACK = Duration.ofHours(1);
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    private final Certificate certificate;
    private final Action enforce;
    private final Instant clock;
    /** The clock, but never before the certificate was issued. */
    private final Instant now;
    private final List<Feature> usable = new ArrayList<>();
    private Action action = Action.RUN;
    private String sentence = "";
    private Instant until;

    Judgment(Certificate certificate, Instant clock) {
        this.certificate = certificate;
        this.clock = clock;
        enforce = Action.of(certificate.enforce());
        now = later(clock, certificate.issuedAt());
    }

    /** Why the time runs out. */
    private static final class Ending {
        /** Begins the names of its sentences. */
        final String name;
        /** The end to speak of. */
        final Instant due;
        /** From here on, once a grace has passed, enforce applies. */
        final Instant over;
        /** How long before the end the warning begins. */
        final Duration notice;

        Ending(String name, Instant due, Instant over, Duration notice) {
            this.name = name;
            this.due = due;
            this.over = over;
            this.notice = notice;
        }
    }

    /** The most urgent comes first, and has the say. */
    Verdict verdict() {
        List<Ending> endings = endings();
        endings.forEach(e -> from(e.over, enforce, e.name + "-over", e));
        endings.forEach(e -> from(e.due, Action.WARN, e.name + "-grace", e));
        lookAtClock();
        endings.forEach(e -> from(e.due.minus(e.notice), Action.WARN, e.name + "-soon", e));
        lookAtFeatures();
        return new Verdict(action, until, sentence, usable);
    }

    /** What the certificate ends by, the first to run out first. */
    private List<Ending> endings() {
        List<Ending> all = new ArrayList<>();
        Instant contact = certificate.contactBy();
        if (contact != null) {
            all.add(new Ending("verdict-contact", contact, contact, noticeOfRenewal(contact)));
        }
        Instant due = certificate.expires();
        if (due != null) {
            boolean leased = certificate.deployment().equals("leased");
            all.add(new Ending(leased ? "verdict-lease" : "verdict-end", due, later(due, certificate.graceUntil()),
                    leased ? noticeOfRenewal(due) : NOTICE));
        }
        certificate.features().stream().filter(Judgment::isServer).findFirst().map(Feature::until)
                .ifPresent(end -> all.add(new Ending("verdict-end", end, end, NOTICE)));
        all.sort(Comparator.comparing(e -> e.over));
        return all;
    }

    /** What renews by itself needs a person only if it fails to, for long. */
    private Duration noticeOfRenewal(Instant due) {
        Duration quarter = Duration.between(certificate.issuedAt(), due).dividedBy(4).truncatedTo(ChronoUnit.SECONDS);
        if (quarter.isNegative()) {
            return Duration.ZERO;
        }
        return quarter.compareTo(NOTICE) < 0 ? quarter : NOTICE;
    }

    private static boolean isServer(Feature feature) {
        return feature.name().equals("mqtt-server");
    }

    /** Writes a time for people. */
    static String moment(Instant at) {
        return MOMENT.format(at);
    }

    private static Instant later(Instant a, Instant b) {
        return b != null && b.isAfter(a) ? b : a;
    }

    /** Something holds from a moment on. */
    private void from(Instant at, Action then, String name, Ending ending) {
        if (now.isBefore(at)) {
            turns(at);
            return;
        }
        String over = moment(ending.over);
        say(then, name, Map.of("end", moment(ending.due), "until", over,
                "now", Sentences.of("verdict-now-" + enforce),
                "then", Sentences.fill(Sentences.of("verdict-then-" + enforce), Map.of("until", over))));
    }

    /** Keeps the first that there is to say. */
    private void say(Action then, String name, Map<String, String> values) {
        if (sentence.isEmpty()) {
            action = then;
            sentence = Sentences.fill(Sentences.of(name), values);
        }
    }

    /** Notes a moment to come at which the verdict may change. */
    private void turns(Instant at) {
        if (until == null || at.isBefore(until)) {
            until = at;
        }
    }

    /** Looks whether the clock was set back. */
    private void lookAtClock() {
        Instant right = certificate.issuedAt().minus(CLOCK_SLACK);
        if (clock.isBefore(right)) {
            turns(right);
            say(Action.WARN, "verdict-clock", Map.of("issued", moment(certificate.issuedAt())));
        }
    }

    /**
     * Sorts out what may be used, and tells of the feature that ends next, else of the one that
     * ended last. The MQTT server stays in: whether it runs, the action says.
     */
    private void lookAtFeatures() {
        Feature next = null;
        Feature last = null;
        for (Feature f : certificate.features()) {
            boolean ends = f.until() != null && !isServer(f);
            if (ends && !now.isBefore(f.until())) {
                last = last == null || f.until().isAfter(last.until()) ? f : last;
                continue;
            }
            if (ends && (next == null || f.until().isBefore(next.until()))) {
                next = f;
            }
            usable.add(f);
        }
        if (next != null) {
            turns(next.until());
            Instant soon = next.until().minus(NOTICE);
            if (now.isBefore(soon)) {
                turns(soon);
            } else {
                say(Action.WARN, "verdict-feature-soon", featureValues(next));
            }
        }
        if (last != null) {
            say(Action.RUN, "verdict-feature-over", featureValues(last));
        }
    }

    /** A feature as people call it, and its end. */
    private static Map<String, String> featureValues(Feature f) {
        return Map.of("feature", Sentences.all().getOrDefault("feature-" + f.name(), f.name()),
                "end", moment(f.until()));
    }
}
