package com.cirruslink.chariot.license;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an operating system keeps the ID that it gave itself when it was installed. Nothing else of
 * the computer is read: network cards, disks and host names change in the life of a plant.
 */
final class Computer {
    private static final Pattern MACHINE_ID = Pattern.compile("(?!0{32})[0-9a-f]{32}");
    private static final Pattern GUID = Pattern.compile(
            "\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b", Pattern.CASE_INSENSITIVE);
    /** Far above what reg.exe takes. */
    private static final long REGISTRY_SECONDS = 10;

    private final String system;
    private final Path root;
    private final UnaryOperator<String> environment;
    private final Registry registry;

    /** Prints Windows' MachineGuid, as reg.exe does. */
    interface Registry {
        String query() throws IOException;
    }

    /** @param system the name of the operating system, as Java has it, and {@code root} the top of its files */
    Computer(String system, Path root, UnaryOperator<String> environment, Registry registry) {
        this.system = system.toLowerCase(Locale.ROOT);
        this.root = root;
        this.environment = environment;
        this.registry = registry;
    }

    static Computer ours() {
        return new Computer(System.getProperty("os.name"), Path.of("/"), System::getenv, Computer::queryRegistry);
    }

    /**
     * The ID of the operating system's installation in lower case; empty where there is none that
     * lasts:
     *
     * <ul>
     * <li>in a container the mounted state is the machine, and its image's ID is not this
     * machine's: what Docker, Podman and Kubernetes leave is looked for
     * <li>Linux: /etc/machine-id, else /var/lib/dbus/machine-id. An ID that is mounted over the
     * file was made for this boot alone
     * <li>Windows: HKLM\SOFTWARE\Microsoft\Cryptography, MachineGuid, of 64 bits
     * </ul>
     *
     * <p>Source: machine-id(5); sysprep and cloning tools give each copy its own.
     */
    String id() {
        if (system.startsWith("windows")) {
            return windowsId();
        }
        if (!system.equals("linux") || isContainer() || isTransient()) {
            return "";
        }
        for (String name : new String[] {"etc/machine-id", "var/lib/dbus/machine-id"}) {
            String id = text(name).strip().toLowerCase(Locale.ROOT);
            if (MACHINE_ID.matcher(id).matches()) {
                return id;
            }
        }
        return "";
    }

    private String windowsId() {
        try {
            Matcher guid = GUID.matcher(registry.query());
            return guid.find() ? guid.group().toLowerCase(Locale.ROOT) : "";
        } catch (IOException e) {
            return "";
        }
    }

    private boolean isContainer() {
        String kubernetes = environment.apply("KUBERNETES_SERVICE_HOST");
        return Files.exists(root.resolve(".dockerenv")) || Files.exists(root.resolve("run/.containerenv"))
                || kubernetes != null && !kubernetes.isEmpty();
    }

    /**
     * Whether something is mounted on /etc/machine-id: systemd does that where /etc cannot be
     * written, with a new ID at each boot.
     */
    private boolean isTransient() {
        return text("proc/self/mountinfo").lines().map(line -> line.strip().split("\\s+"))
                .anyMatch(fields -> fields.length > 4 && fields[4].equals("/etc/machine-id"));
    }

    /** Empty where the file cannot be read: then nothing is known. */
    private String text(String name) {
        try {
            byte[] text = Uninterrupted.run(() -> Files.readAllBytes(root.resolve(name)));
            return new String(text, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Runs the reg.exe of Windows itself, wherever the path leads. */
    private static String queryRegistry() throws IOException {
        String windows = System.getenv("SystemRoot");
        if (windows == null) {
            throw new IOException("Windows does not say where it is");
        }
        Path program = Path.of(windows, "System32", "reg.exe");
        Process process = new ProcessBuilder(program.toString(), "query", "HKLM\\SOFTWARE\\Microsoft\\Cryptography",
                "/v", "MachineGuid", "/reg:64").redirectErrorStream(true).start();
        try {
            if (!process.waitFor(REGISTRY_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("reg.exe does not end");
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("stopped", e);
        } finally {
            process.destroy();
        }
    }
}
