package com.cirruslink.chariot.license;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A stand-in Chariot server on the command line: it licenses a state directory as a Chariot server
 * licenses itself. A server that embeds the client does not need it.
 *
 * <p>Results go to standard output, remarks to standard error. The exit codes are those of its usage.
 */
public final class Main {
    private static final int DONE = 0;
    private static final int REFUSED = 1;
    private static final int USAGE = 2;
    private static final int UNREACHABLE = 3;
    private static final int STATE = 4;

    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;

    private Main(InputStream in, PrintStream out, PrintStream err) {
        this.in = in;
        this.out = out;
        this.err = err;
    }

    /** Does what the arguments say, and exits. An interrupt of the program stops its call first. */
    public static void main(String[] args) {
        Main program = new Main(System.in, new PrintStream(System.out, true, StandardCharsets.UTF_8),
                new PrintStream(System.err, true, StandardCharsets.UTF_8));
        Thread worker = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        int[] code = {UNREACHABLE};
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            worker.interrupt();
            try {
                ended.await(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                // Then it ends at once.
            }
            Runtime.getRuntime().halt(code[0]);
        }));
        try {
            code[0] = program.run(args);
        } finally {
            program.out.flush();
            program.err.flush();
            ended.countDown();
        }
        System.exit(code[0]);
    }

    /** Returns the exit code. */
    private int run(String[] args) {
        try {
            CommandLine line = new CommandLine(args);
            if (line.verb == null) {
                out.print(Shown.usage());
                return DONE;
            }
            return fulfill(line);
        } catch (LicenseException e) {
            String before = Arrays.stream(e.getSuppressed()).map(earlier -> earlier.getMessage() + "\n")
                    .collect(Collectors.joining());
            remark(before + e.getMessage());
            return exitCode(e);
        }
    }

    /** The only place where an exception becomes an exit code. */
    private static int exitCode(LicenseException e) {
        if (e instanceof StateException) {
            return STATE;
        }
        if (e instanceof ProblemException) {
            // Busy or broken, it has decided nothing.
            return Exchange.isBusy(((ProblemException) e).problem().status()) ? UNREACHABLE : REFUSED;
        }
        boolean usage = e instanceof RefusalException || e instanceof SettingsException
                || e instanceof LicenseTextException || e instanceof UsageException;
        return usage ? USAGE : UNREACHABLE;
    }

    /** Tells the person something that is no result. */
    private void remark(String text) {
        err.print("chariot: " + text + "\n");
    }

    private int fulfill(CommandLine line) throws LicenseException {
        Settings settings = settings(line);
        byte[] license = line.verb.license ? readLicense(line.value("license")) : null;
        try (Machine machine = Machine.open(Path.of(line.value("state")), settings)) {
            if (line.verb.online) {
                pin(machine, !settings.rootKeys.isEmpty(), line.verb.keeps);
            }
            int code = fulfill(line, machine, license);
            if (line.verb.keeps) {
                machine.pin(machine.server(), machine.roots()); // they have done as they should
            }
            return code;
        }
    }

    private int fulfill(CommandLine line, Machine machine, byte[] license) throws LicenseException {
        switch (line.verb) {
            case ACTIVATE:
                return show(line, machine.activate(license));
            case REACTIVATE:
                return show(line, machine.reactivate());
            case DEACTIVATE:
                return show(line, machine.deactivate());
            case DOCTOR:
                return show(machine.diagnose());
            default:
                return show(line, machine.status());
        }
    }

    private Settings settings(CommandLine line) throws UsageException {
        Settings settings = new Settings().server(line.value("server")).proxy(line.value("proxy"))
                .caFile(line.value("ca-file")).address(line.value("address")).machineId(line.value("machine-id"))
                .hostname(hostname()).version("stand-in").patience(line.patience).onWait(this::tellWait);
        String file = line.value("root-keys");
        return file.isEmpty() ? settings : settings.rootKeys(readRootKeys(file));
    }

    private void tellWait(LicenseException why, Duration wait) {
        remark(why.getMessage());
        remark("Trying again in " + Shown.tenths(wait) + ".");
    }

    /** Asks no DNS; empty where the system does not say. */
    private static String hostname() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            String name = System.getenv("COMPUTERNAME");
            return name == null ? "" : name;
        }
    }

    private static List<RootKey> readRootKeys(String file) throws UsageException {
        try {
            List<RootKey> roots = RootKey.parse(Files.readAllBytes(Path.of(file)));
            if (!roots.isEmpty()) {
                return roots;
            }
        } catch (IOException e) {
            throw new UsageException("The root keys " + file + " cannot be read: " + StateException.reason(e) + ".");
        }
        throw new UsageException("There are no root keys in " + file + ": it must be a JSON array of P-256 JWKs"
                + " with kid and alg, or an object with such a rootKeys.");
    }

    /** Reads a license file, or standard input. A typo in it needs no server. */
    private byte[] readLicense(String file) throws UsageException, LicenseTextException {
        try (InputStream from = file.equals("-") ? in : Files.newInputStream(Path.of(file))) {
            // One byte more than a license may have shows that there is more.
            byte[] text = from.readNBytes(LicenseKey.MAX_TEXT + 1);
            LicenseKey.parse(text);
            return text;
        } catch (IOException e) {
            throw new UsageException("The license file " + file + " cannot be read: " + StateException.reason(e) + ".");
        }
    }

    /**
     * Settles which root keys vouch for the server: those that were given, else those that are
     * pinned, else, on this computer alone, those that the local stack tells. On a machine that has
     * none yet it remembers both; others in the place of pinned ones have to show first that they
     * are right.
     */
    private void pin(Machine machine, boolean given, boolean keeps) throws LicenseException {
        List<RootKey> roots = machine.roots();
        String server = machine.server();
        if (server.isEmpty()) {
            throw new UsageException("Say which license server: --server URL.");
        }
        if (given || !roots.isEmpty()) {
            if (machine.isPinned() || !keeps) {
                return;
            }
        } else {
            ServerUrl url = ServerUrl.parse(server, true);
            if (!url.isLoopback()) {
                throw new UsageException("Nothing vouches for " + server + " yet: give the root keys that you got from"
                        + " Cirrus Link, --root-keys FILE.");
            }
            roots = localRootKeys(url);
            remark("Pinned the root keys that " + server + " tells: this is for a local stack only.");
        }
        machine.pin(server, roots);
    }

    /** Asks a local stack on this computer for its root keys. */
    private static List<RootKey> localRootKeys(ServerUrl server) throws LicenseException {
        Network network = new Network(null, null, new Authorities(""), Clock.systemUTC(), Duration.ofSeconds(10));
        HttpReply reply = new Exchange(new Settings(), network, server).send(HttpRequest.get("/local/root-keys"));
        List<RootKey> roots = RootKey.parse(reply.body());
        if (reply.status() != 200 || roots.isEmpty()) {
            throw new UsageException("Nothing vouches for " + server + " yet, and it is no local stack: give the root"
                    + " keys that you got from Cirrus Link, --root-keys FILE.");
        }
        return roots;
    }

    private int show(CommandLine line, Status status) {
        out.print(line.json ? Json.writePretty(status.toJson()) + "\n" : Shown.lines(status, Instant.now()));
        return DONE;
    }

    private int show(List<Finding> found) {
        found.forEach(finding -> out.print(finding.sentence() + "\n"));
        if (found.get(0).good()) {
            return DONE;
        }
        remark("there is something to set right");
        return UNREACHABLE;
    }
}
