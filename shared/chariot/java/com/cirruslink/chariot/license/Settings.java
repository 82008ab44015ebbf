package com.cirruslink.chariot.license;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * What a {@link Machine} is opened with. Without any, the state can be read; calls need a server
 * and root keys, set here or pinned before. Each setter returns these settings. They are copied
 * when a machine is opened, and may be changed after.
 */
public final class Settings {
    String server = "";
    List<RootKey> rootKeys = List.of();
    String proxy = "";
    String proxyUser = "";
    String proxyPassword = "";
    String caFile = "";
    String address = "";
    boolean plainHttp;
    String hostname = "";
    String version = "";
    String machineId = "";
    Duration patience = Duration.ofSeconds(30);
    Clock clock = Clock.systemUTC();
    BiConsumer<LicenseException, Duration> onWait = (why, wait) -> {};

    /** Asked for its ID. */
    Computer computer = Computer.ours();
    /** Bounds one try: the license server's gateway answers within 30 s. */
    Duration tryTime = Duration.ofSeconds(35);
    /** Waits between tries; tests do not. */
    Sleep sleep = wait -> Thread.sleep(wait.toMillis());

    /** Waits. */
    interface Sleep {
        void until(Duration wait) throws InterruptedException;
    }

    Settings copy() {
        Settings copy = new Settings();
        copy.server = server;
        copy.rootKeys = rootKeys;
        copy.proxy = proxy;
        copy.proxyUser = proxyUser;
        copy.proxyPassword = proxyPassword;
        copy.caFile = caFile;
        copy.address = address;
        copy.plainHttp = plainHttp;
        copy.hostname = hostname;
        copy.version = version;
        copy.machineId = machineId;
        copy.patience = patience;
        copy.clock = clock;
        copy.onWait = onWait;
        copy.computer = computer;
        copy.tryTime = tryTime;
        copy.sleep = sleep;
        return copy;
    }

    /** The URL of the license server; none or empty: the pinned one. It is https, or http on this very computer. */
    public Settings server(String url) {
        server = Objects.requireNonNull(url);
        return this;
    }

    /** The root keys that sign trust bundles: see {@link RootKey#parse}. None: the pinned ones. */
    public Settings rootKeys(List<RootKey> keys) {
        rootKeys = List.copyOf(keys);
        return this;
    }

    /**
     * The URL of the HTTP proxy that leads to the license server, like
     * {@code http://proxy.example.com:3128}; none or empty: none. Neither the environment nor system
     * properties are asked. A server on this very computer needs none.
     */
    public Settings proxy(String url) {
        proxy = Objects.requireNonNull(url);
        return this;
    }

    /** What a proxy that asks for a login (Basic) is told. */
    public Settings proxyLogin(String user, String password) {
        proxyUser = Objects.requireNonNull(user);
        proxyPassword = Objects.requireNonNull(password);
        return this;
    }

    /**
     * Names a PEM file of certificate authorities that count besides those of this Java: a
     * company's, whose firewall intercepts TLS.
     */
    public Settings caFile(String file) {
        caFile = Objects.requireNonNull(file);
        return this;
    }

    /**
     * Where the license server is in place of what DNS says, with or without a port: for networks
     * without DNS. The server's URL still says its name.
     */
    public Settings address(String hostAndPort) {
        address = Objects.requireNonNull(hostAndPort);
        return this;
    }

    /** Whether http to other computers is allowed. Who listens in between reads the license key. */
    public Settings plainHttp(boolean allowed) {
        plainHttp = allowed;
        return this;
    }

    /** The name of this machine that support sees; may be empty. */
    public Settings hostname(String name) {
        // The server refuses what is longer; a strange name must not stop an activation.
        hostname = Text.printable(name, 253);
        return this;
    }

    /** The version of Chariot that support sees; may be empty. */
    public Settings version(String number) {
        version = Text.printable(number, 64);
        return this;
    }

    /**
     * Tells this computer from others in place of the ID that its operating system has; none or
     * empty: that one. It need not be secret, but unique.
     */
    public Settings machineId(String id) {
        machineId = Objects.requireNonNull(id);
        return this;
    }

    /**
     * How long a call waits and tries again before it gives up: no try starts later. 30 s unless
     * set, which a person in front of a page bears; zero: one try only.
     */
    public Settings patience(Duration most) {
        patience = Objects.requireNonNull(most);
        return this;
    }

    /** The clock; the system's unless set. */
    public Settings clock(Clock clock) {
        this.clock = Objects.requireNonNull(clock);
        return this;
    }

    /** Hears, on the thread of the call, why it waits and for how long. */
    public Settings onWait(BiConsumer<LicenseException, Duration> heard) {
        onWait = Objects.requireNonNull(heard);
        return this;
    }

    /** The way to the license server. */
    Network network() throws SettingsException {
        HttpProxy through = HttpProxy.parse(proxy, proxyUser, proxyPassword);
        if (through != null && !address.isEmpty()) {
            throw new SettingsException("Give a proxy or an address, not both: a proxy looks names up by itself.");
        }
        Authorities authorities = new Authorities(caFile);
        HostPort at = address.isEmpty() ? null : HostPort.parse(address);
        if (at == null && !address.isEmpty()) {
            throw new SettingsException("The license server's address is not one: write it like 203.0.113.7,"
                    + " or 203.0.113.7:443.");
        }
        return new Network(through, at, authorities, clock, tryTime);
    }
}
