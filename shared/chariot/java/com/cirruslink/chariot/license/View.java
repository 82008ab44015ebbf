package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The license as the server last showed it. It is not signed: what a machine may rely on is in its
 * {@link Certificate}.
 */
public final class View {
    private final String id;
    private final String state;
    private final String deployment;
    private final Seats seats;
    private final List<Feature> features;
    private final Instant expires;
    private final long revision;

    View(Members members) throws JsonException {
        id = members.text("id");
        state = members.text("state");
        deployment = members.text("deployment");
        seats = members.objectOrEmpty("seats", m -> new Seats(m.number("max"), m.number("used")));
        features = members.objects("features", m -> new Feature(m.text("name"), m.time("until"), m.flag("metered")));
        expires = members.time("expires");
        revision = members.number("revision");
    }

    Map<String, Object> toJson() {
        Map<String, Object> counted = new LinkedHashMap<>();
        counted.put("max", seats.max());
        counted.put("used", seats.used());
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("state", state);
        members.put("deployment", deployment);
        members.put("seats", counted);
        members.put("features", features.stream().map(Feature::toJson).collect(Collectors.toList()));
        members.put("expires", expires == null ? Json.NULL : expires.toString());
        members.put("revision", revision);
        return members;
    }

    /** The license, {@code lic_...}. It is no secret. */
    public String id() {
        return id;
    }

    /** {@code active}, {@code suspended}, {@code revoked}, or a later word. */
    public String state() {
        return state;
    }

    /** How it may be activated, as of {@link Certificate#deployment}. */
    public String deployment() {
        return deployment;
    }

    /** How many machines it lets run, and how many did. */
    public Seats seats() {
        return seats;
    }

    /** What may be used, unmodifiable. */
    public List<Feature> features() {
        return features;
    }

    /** When it ends; null: never. */
    public Instant expires() {
        return expires;
    }

    /** Counts the changes of the license. */
    public long revision() {
        return revision;
    }
}
