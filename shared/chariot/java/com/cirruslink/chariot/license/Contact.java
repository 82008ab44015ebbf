package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** The last answer of the license server. */
public final class Contact {
    private final Instant at;
    private final String intent;
    private final Problem problem;

    Contact(Instant at, String intent, Problem problem) {
        this.at = at;
        this.intent = intent;
        this.problem = problem;
    }

    Contact(Members members) throws JsonException {
        this(members.time("at"), members.text("intent"), members.object("problem", Problem::fromJson));
        if (at == null) {
            throw new JsonException("a contact without a time");
        }
    }

    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("at", at.toString());
        members.put("intent", intent);
        if (problem != null) {
            members.put("problem", problem.toJson());
        }
        return members;
    }

    /** When it came, by this machine's clock, in whole seconds. */
    public Instant at() {
        return at;
    }

    /** What was asked for: {@code activate}, {@code reactivate} or {@code deactivate}. */
    public String intent() {
        return intent;
    }

    /** What the server refused with; null: it did as asked. */
    public Problem problem() {
        return problem;
    }
}
