package com.cirruslink.chariot.license;

import java.net.IDN;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host by name or address, and perhaps a port, as URLs have them. {@link java.net.URI} knows no
 * host with an underscore, and plants have such.
 */
final class HostPort {
    private static final Pattern FORM = Pattern.compile(
            "(?<host>[\\p{L}\\p{N}._~-]+|\\[[0-9A-Fa-f:.]+])(:(?<port>[0-9]{1,5}))?");

    private final String host;
    private final String port;

    private HostPort(String host, String port) {
        this.host = host;
        this.port = port;
    }

    /** Null where the text is no host. */
    static HostPort parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return null;
        }
        String port = form.group("port");
        if (port != null && (Integer.parseInt(port) == 0 || Integer.parseInt(port) > 0xffff)) {
            return null;
        }
        try {
            String host = form.group("host");
            return new HostPort(host.startsWith("[") ? host : IDN.toASCII(host), port);
        } catch (IllegalArgumentException e) {
            return null; // a name that cannot be written in ASCII
        }
    }

    /** The name or address, without the brackets of an IPv6 address. */
    String host() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The port, where there is one. */
    int portOr(int other) {
        return port == null ? other : Integer.parseInt(port);
    }

    /** As it stands in a URL, with a port in any case. */
    String withPort(int other) {
        return host + ":" + portOr(other);
    }

    /** As it stands in a URL. */
    @Override
    public String toString() {
        return port == null ? host : host + ":" + port;
    }
}
