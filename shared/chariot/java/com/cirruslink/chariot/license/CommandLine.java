package com.cirruslink.chariot.license;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the arguments of {@link Main} say. It reads flags as the Go client's program does. */
final class CommandLine {
    private static final Set<String> FLAGS = Set.of("server", "state", "root-keys", "proxy", "ca-file", "address",
            "machine-id", "license", "patience");
    private static final String JSON = "json";
    private static final Pattern DURATION_PART = Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)(ms|s|m|h)");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

    /** Null where help is asked for. */
    final Verb verb;
    final boolean json;
    final Duration patience;
    private final Map<String, String> values = new HashMap<>();

    /** Flags may stand before, after and between the words. */
    CommandLine(String[] args) throws UsageException {
        List<String> words = new ArrayList<>();
        Deque<String> rest = new ArrayDeque<>(List.of(args));
        boolean help = false;
        boolean asJson = false;
        while (!rest.isEmpty() && !help) {
            String arg = rest.remove();
            if (arg.length() < 2 || !arg.startsWith("-")) {
                words.add(arg);
            } else if (arg.equals("--")) {
                words.addAll(rest.isEmpty() ? List.of() : List.of(rest.remove()));
            } else {
                Flag flag = new Flag(arg);
                help = flag.isHelp();
                asJson = flag.name.equals(JSON) ? flag.isSet() : asJson;
                if (!help && !flag.name.equals(JSON)) {
                    values.put(flag.name, flag.value(rest));
                }
            }
        }
        String name = String.join(" ", words);
        json = asJson;
        patience = duration(value("patience").isEmpty() ? "30s" : value("patience"));
        verb = help || name.equals("help") ? null : check(name);
    }

    /** The value of a flag; empty where it was not given. */
    String value(String flag) {
        return values.getOrDefault(flag, "");
    }

    /** Says what is missing, or too much, with the words of the command line. */
    private Verb check(String name) throws UsageException {
        Verb named = Verb.named(name);
        if (name.isEmpty()) {
            throw new UsageException("Say what to do: " + Verb.names() + ". Run chariot help for more.");
        }
        if (named == null) {
            throw new UsageException("There is no " + quote(name) + ": it is one of " + Verb.names()
                    + ". Run chariot help for more.");
        }
        if (value("state").isEmpty()) {
            throw new UsageException("Say where this machine keeps its state: --state DIR.");
        }
        if (named.license && value("license").isEmpty()) {
            throw new UsageException("Say which license: --license FILE, or --license - to read it from standard"
                    + " input.");
        }
        if (!named.license && !value("license").isEmpty()) {
            throw new UsageException(name + " takes no --license: it works on the license that the machine has.");
        }
        return named;
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static UsageException wrong(String what) {
        return new UsageException(what + ". Run chariot help to see all flags.");
    }

    /** A duration such as 30s, 1.5m or 1h30m; a minus stands before the whole. */
    private static Duration duration(String text) throws UsageException {
        String digits = text.replaceFirst("^[+-]", "");
        Matcher part = DURATION_PART.matcher(digits);
        double millis = 0;
        int end = 0;
        while (part.find() && part.start() == end) {
            millis += Double.parseDouble(part.group(1)) * MILLIS.get(part.group(2));
            end = part.end();
        }
        if (!digits.equals("0") && (end == 0 || end < digits.length())) {
            throw wrong("invalid value " + quote(text) + " for flag -patience: parse error");
        }
        return Duration.ofMillis((long) (text.startsWith("-") ? -millis : millis));
    }

    /** One flag as it stands: one or two dashes, a name, and perhaps a value behind an equals sign. */
    private static final class Flag {
        final String name;
        /** Null where it has none. */
        private final String given;

        Flag(String arg) throws UsageException {
            String text = arg.substring(arg.startsWith("--") ? 2 : 1);
            if (text.startsWith("-") || text.startsWith("=")) {
                throw wrong("bad flag syntax: " + arg);
            }
            int equals = text.indexOf('=');
            name = equals < 0 ? text : text.substring(0, equals);
            given = equals < 0 ? null : text.substring(equals + 1);
            if (!FLAGS.contains(name) && !name.equals(JSON) && !isHelp()) {
                throw wrong("flag provided but not defined: -" + name);
            }
        }

        boolean isHelp() {
            return name.equals("help") || name.equals("h");
        }

        boolean isSet() throws UsageException {
            if (given == null || Set.of("1", "t", "T", "true", "TRUE", "True").contains(given)) {
                return true;
            }
            if (Set.of("0", "f", "F", "false", "FALSE", "False").contains(given)) {
                return false;
            }
            throw wrong("invalid boolean value " + quote(given) + " for -" + name + ": parse error");
        }

        String value(Deque<String> rest) throws UsageException {
            if (given != null) {
                return given;
            }
            if (rest.isEmpty()) {
                throw wrong("flag needs an argument: -" + name);
            }
            return rest.remove();
        }
    }
}
