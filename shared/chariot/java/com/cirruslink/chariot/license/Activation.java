package com.cirruslink.chariot.license;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the license server said of this machine's activation. */
final class Activation {
    final String id;
    final String fingerprint;
    /** Null where the server did not say. */
    final Instant activatedAt;

    Activation(Members members) throws JsonException {
        id = members.text("id");
        fingerprint = members.text("fingerprint");
        activatedAt = members.time("activatedAt");
    }

    Map<String, Object> toJson() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("fingerprint", fingerprint);
        if (activatedAt != null) {
            members.put("activatedAt", activatedAt.toString());
        }
        return members;
    }

    /** The path of an action on it. */
    String path(String action) {
        return "/v1/activations/" + ServerUrl.segment(id) + "/" + action;
    }
}
