package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What a license lets its machines use. */
public final class Feature {
    private final String name;
    private final Instant until;
    private final boolean metered;

    Feature(String name, Instant until, boolean metered) {
        this.name = Objects.requireNonNull(name);
        this.until = until;
        this.metered = metered;
    }

    /** The stable name, such as {@code mqtt-server}. */
    public String name() {
        return name;
    }

    /** The end, exclusive; null means as long as the license. */
    public Instant until() {
        return until;
    }

    /** Whether its use is counted and billed. */
    public boolean metered() {
        return metered;
    }

    /** The JSON form of the API, of certificates and of the state on disk. */
    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", name);
        if (until != null) {
            members.put("until", until.toString());
        }
        if (metered) {
            members.put("metered", true);
        }
        return members;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Feature)) {
            return false;
        }
        Feature that = (Feature) other;
        return name.equals(that.name) && Objects.equals(until, that.until) && metered == that.metered;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, until, metered);
    }

    @Override
    public String toString() {
        return name + (until == null ? "" : " until " + until) + (metered ? ", metered" : "");
    }
}
