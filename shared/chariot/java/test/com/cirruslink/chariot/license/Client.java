package com.cirruslink.chariot.license;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/**
 * A machine in the hands of the Go tests: one JSON object a line says what to do, and one goes out
 * that says what came of it.
 */
final class Client {
    private final List<Object> waits = new ArrayList<>();
    private Machine machine;
    /** How many steps of writes there may still be; negative: any number. */
    private long steps = -1;
    /** How many steps of writes there may still be before an interrupt comes; negative: any number. */
    private long calmSteps = -1;

    private Client() {}

    /** Ends a call as the kernel ends a process. */
    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    public static void main(String[] args) throws IOException, JsonException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        Client client = new Client();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            client.answer(Members.parse(line.getBytes(StandardCharsets.UTF_8)), answer);
            out.print(Json.write(answer) + "\n");
            out.flush();
        }
    }

    private void answer(Members asked, Map<String, Object> answer) throws IOException, JsonException {
        waits.clear();
        try {
            act(asked, answer);
        } catch (LicenseException e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            answer.put("kind", e.getClass().getSimpleName().replace("Exception", "").toLowerCase(Locale.ROOT));
            answer.put("says", e.getMessage());
            answer.put("trace", trace.toString());
        } catch (Killed e) {
            answer.put("kind", "killed");
        }
        answer.put("interrupted", Thread.interrupted());
        answer.put("waits", new ArrayList<>(waits));
        answer.put("prints", machine + " " + waits);
    }

    private void act(Members asked, Map<String, Object> answer) throws LicenseException, IOException, JsonException {
        steps = asked.value("steps") == null ? -1 : asked.number("steps");
        calmSteps = asked.value("calmSteps") == null ? -1 : asked.number("calmSteps");
        switch (asked.text("do")) {
            case "open":
                open(asked, answer);
                break;
            case "close":
                machine.close();
                break;
            case "pin":
                machine.pin(asked.text("server"), RootKey.listFromJson(asked.value("roots")));
                break;
            case "diagnose":
                answer.put("findings", machine.diagnose().stream().map(Client::json).collect(Collectors.toList()));
                break;
            case "crowd":
                answer.put("says", crowd(asked.text("text")));
                break;
            case "judge":
                answer.put("verdict", judge(asked).toJson());
                break;
            case "computer":
                answer.put("says", computer(asked).id());
                break;
            case "fingerprint":
                String computer = Identity.computerName(asked.text("id"));
                answer.put("says", computer + " " + Identity.fingerprint(asked.text("installationId"), computer));
                break;
            default:
                Status status = call(asked);
                answer.put("status", status.toJson());
        }
    }

    private Status call(Members asked) throws LicenseException, IOException, JsonException {
        stopAfter(asked.number("stopAfterMillis"));
        switch (asked.text("do")) {
            case "activate":
                return asked.text("file").isEmpty() ? machine.activate(asked.text("text"))
                        : machine.activate(Files.readAllBytes(Path.of(asked.text("file"))));
            case "reactivate":
                return machine.reactivate();
            case "deactivate":
                return machine.deactivate();
            case "status":
                return machine.status();
            default:
                throw new IllegalArgumentException("there is no such thing to do");
        }
    }

    /** Has many threads use the machine at once; returns what went wrong. */
    private String crowd(String license) {
        Queue<String> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int turn = i % 4;
            threads.add(new Thread(() -> {
                try {
                    for (int n = 0; n < 5; n++) {
                        Status status = turn == 0 ? machine.activate(license)
                                : turn == 1 ? machine.deactivate() : machine.status();
                        if (!status.trouble().isEmpty() || turn < 2 && status.licensed() != (turn == 0)) {
                            wrong.add(turn + ": " + status.verdict());
                        }
                    }
                } catch (LicenseException e) {
                    wrong.add(e.getMessage());
                }
            }));
        }
        threads.forEach(Thread::start);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
            machine.activate(license);
        } catch (InterruptedException | LicenseException e) {
            wrong.add(e.getMessage());
        }
        return String.join("\n", wrong);
    }

    /** Interrupts the call that follows, unless the time is 0. */
    private static void stopAfter(long millis) {
        if (millis == 0) {
            return;
        }
        Thread caller = Thread.currentThread();
        Thread stopper = new Thread(() -> {
            try {
                Thread.sleep(millis);
                caller.interrupt();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        stopper.setDaemon(true);
        stopper.start();
    }

    private void open(Members asked, Map<String, Object> answer) throws LicenseException, JsonException {
        Settings settings = new Settings().server(asked.text("server")).proxy(asked.text("proxy"))
                .proxyLogin(asked.text("proxyUser"), asked.text("proxyPassword")).caFile(asked.text("caFile"))
                .address(asked.text("address")).plainHttp(asked.flag("plainHttp")).hostname(asked.text("hostname"))
                .version(asked.text("version")).machineId(asked.text("machineId")).onWait(this::onWait);
        if (asked.value("roots") != null && asked.value("roots") != Json.NULL) {
            settings.rootKeys(RootKey.listFromJson(asked.value("roots")));
        }
        if (asked.value("patienceMillis") != null) {
            settings.patience(Duration.ofMillis(asked.number("patienceMillis")));
        }
        if (asked.value("now") != null) {
            settings.clock(Clock.fixed(asked.time("now"), ZoneOffset.UTC));
        }
        if (asked.value("offMillis") != null) {
            settings.clock(Clock.offset(Clock.systemUTC(), Duration.ofMillis(asked.number("offMillis"))));
        }
        if (asked.flag("noComputer")) {
            settings.computer = new Computer("none", Path.of("/"), name -> "", () -> "");
        }
        if (asked.value("tryMillis") != null) {
            settings.tryTime = Duration.ofMillis(asked.number("tryMillis"));
        }
        if (!asked.flag("sleeps")) {
            settings.sleep = wait -> {};
        }
        machine = Machine.open(Path.of(asked.text("dir")), settings, this::beforeStep);
        answer.put("fingerprint", machine.fingerprint());
        answer.put("server", machine.server());
    }

    private void beforeStep(String step) {
        if (steps-- == 0) {
            throw new Killed();
        }
        if (calmSteps-- == 0) {
            Thread.currentThread().interrupt();
        }
    }

    private void onWait(LicenseException why, Duration wait) {
        waits.add(why.getMessage());
    }

    private static Object json(Finding finding) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("good", finding.good());
        members.put("sentence", finding.sentence());
        return members;
    }

    private static Verdict judge(Members asked) throws RefusedException, JsonException {
        Instant now = asked.time("now");
        if (asked.text("certificate").isEmpty()) {
            return Verdict.of(null, now);
        }
        Bundle bundle = Bundle.verify(asked.text("bundle"), RootKey.listFromJson(asked.value("roots")), 0);
        return Verdict.of(Certificate.verify(asked.text("certificate"), bundle,
                new Expected(Kind.CERTIFICATE, asked.text("licenseId"), asked.text("fingerprint"), null)), now);
    }

    private static Computer computer(Members asked) throws IOException, JsonException {
        Path root = Path.of(asked.text("dir"));
        for (Map.Entry<String, String> file : asked.texts("files").entrySet()) {
            Path path = root.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, Base64.getDecoder().decode(file.getValue()));
        }
        Map<String, String> environment = asked.texts("environment");
        boolean has = asked.value("registry") != null && asked.value("registry") != Json.NULL;
        String registry = asked.text("registry");
        return new Computer(asked.text("system"), root, environment::get, () -> {
            if (!has) {
                throw new IOException("there is no reg.exe");
            }
            return registry;
        });
    }
}
