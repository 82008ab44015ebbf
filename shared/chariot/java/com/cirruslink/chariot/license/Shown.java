package com.cirruslink.chariot.license;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What {@link Main} prints. */
final class Shown {
    private static final String FLAGS = String.join("\n",
            "  --state DIR       where this machine keeps its state; a new directory is a new machine",
            "  --server URL      the license server; may be left out once the directory knows it",
            "  --license FILE    the license file or the license key alone; - reads standard input",
            "  --root-keys FILE  the keys that vouch for the license server: a JSON array of JWKs, or",
            "                    an object with such a rootKeys, as stack.json is. May be left out once",
            "                    the directory knows them, and for a local stack, which tells its own",
            "  --proxy URL       the HTTP proxy that leads to the license server, like",
            "                    http://user:password@proxy.example.com:3128; the environment is not asked",
            "  --ca-file FILE    certificate authorities (PEM) that count besides the system's: a",
            "                    company's, whose firewall intercepts TLS",
            "  --address ADDRESS where the license server is in place of what DNS says",
            "  --machine-id ID   what tells this computer from others, in place of the ID of its",
            "                    operating system",
            "  --json            print the status as JSON",
            "  --patience 30s    how long to try again while the server is busy or away; 0: try once",
            "");
    private static final String EXIT_CODES = String.join("\n",
            "Flags may stand before or after the verb. Results go to standard output, remarks",
            "to standard error. The exit code is",
            "",
            "  0  done",
            "  1  the license server refused; it says why",
            "  2  wrong usage, or a license that cannot be read or does not fit what is there",
            "  3  the license server cannot be reached, or what answers is not to be trusted",
            "  4  the state directory cannot be used",
            "");
    private static final String EXAMPLE = String.join("\n",
            "For example, with the local stack of this repository running (make run):",
            "",
            "  chariot --server http://127.0.0.1:8080 --state ./plant-7 activate --license license.txt",
            "  chariot --state ./plant-7 status",
            "");

    private Shown() {}

    /** What a newcomer reads first. */
    static String usage() {
        StringBuilder verbs = new StringBuilder();
        for (Verb verb : Verb.values()) {
            verbs.append("  ").append(padded(verb.toString(), 12)).append(verb.what).append('\n');
        }
        return String.join("\n",
                "chariot is a Chariot server without the MQTT: it licenses itself as a real one does.\n",
                "  chariot --server URL --state DIR VERB [flags]\n", verbs, FLAGS, EXIT_CODES, EXAMPLE);
    }

    /** A status for people. */
    static String lines(Status s, Instant now) {
        StringBuilder lines = new StringBuilder();
        Certificate c = s.certificate();
        lines.append(c == null ? "Not licensed\n" : "Licensed\n");
        if (c != null) {
            line(lines, "License ID:", c.licenseId());
            line(lines, "Deployment:", c.deployment());
            String label = "Features:";
            for (Feature feature : c.features()) {
                line(lines, label, describe(feature, now));
                label = "";
            }
            line(lines, "Expires:", c.expires() == null ? "never" : end(c.expires(), now));
            line(lines, "Revision:", Long.toString(c.revision()));
            line(lines, "Activation ID:", c.activationId());
            line(lines, "Active since:", s.activatedAt() == null ? "" : seconds(s.activatedAt()));
        }
        if (c != null || !s.trouble().isEmpty()) {
            line(lines, "Verdict:", s.verdict().toString());
        }
        line(lines, "Machine:", s.fingerprint());
        if (s.pending() != null) {
            line(lines, "Unanswered:", s.pending() + "; run it again to finish it");
        }
        Contact last = s.lastContact();
        if (last != null) {
            line(lines, "Last contact:", seconds(last.at()) + ", " + last.intent() + ": "
                    + (last.problem() == null ? "done" : last.problem().sentence()));
        }
        return lines.toString();
    }

    private static void line(StringBuilder lines, String label, String text) {
        lines.append("  ").append(padded(label, 15)).append(text).append('\n');
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String describe(Feature feature, Instant now) {
        return feature.name() + (feature.until() == null ? "" : ", until " + end(feature.until(), now))
                + (feature.metered() ? ", billed by use" : "");
    }

    /** Writes the end of something, and whether it has come. */
    private static String end(Instant at, Instant now) {
        return seconds(at) + (now.isBefore(at) ? "" : " (over)");
    }

    private static String seconds(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** A wait, rounded to tenths of a second: 300ms, 2.5s, 1m5s. */
    static String tenths(Duration wait) {
        long tenths = (wait.toMillis() + 50) / 100;
        if (tenths < 10) {
            return tenths == 0 ? "0s" : tenths * 100 + "ms";
        }
        long minutes = tenths / 600;
        String seconds = tenths / 10 % 60 + (tenths % 10 == 0 ? "" : "." + tenths % 10) + "s";
        if (minutes == 0) {
            return seconds;
        }
        return (minutes < 60 ? "" : minutes / 60 + "h") + minutes % 60 + "m" + seconds;
    }
}
