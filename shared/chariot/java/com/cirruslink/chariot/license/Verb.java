package com.cirruslink.chariot.license;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the command line does, in the order of its usage. */
enum Verb {
    ACTIVATE("take a seat of a license for this machine", true, true, true),
    REACTIVATE("pull what has changed in the license", false, true, true),
    DEACTIVATE("give the seat back", false, true, true),
    DOCTOR("find out what is between this machine and the license server", false, true, false),
    STATUS("show what this machine is licensed for; asks nobody", false, false, false);

    final String what;
    /** It takes a license. */
    final boolean license;
    /** It calls the server. */
    final boolean online;
    /** The machine remembers the server and the root keys. */
    final boolean keeps;

    Verb(String what, boolean license, boolean online, boolean keeps) {
        this.what = what;
        this.license = license;
        this.online = online;
        this.keeps = keeps;
    }

    /** Null where there is none. */
    static Verb named(String name) {
        for (Verb verb : values()) {
            if (verb.toString().equals(name)) {
                return verb;
            }
        }
        return null;
    }

    static String names() {
        List<String> names = new ArrayList<>();
        for (Verb verb : values()) {
            names.add(verb.toString());
        }
        int last = names.size() - 1;
        return String.join(", ", names.subList(0, last)) + " or " + names.get(last);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
