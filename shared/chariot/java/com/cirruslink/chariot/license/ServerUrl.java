package com.cirruslink.chariot.license;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The URL of a license server in its one form: scheme, host, and perhaps a port and a path. */
final class ServerUrl {
    private static final Pattern FORM = Pattern.compile("(?<scheme>https?)://(?<user>[^/?#@]*@)?(?<host>[^/?#@]+)"
            + "(?<path>(/([^?#%\\p{Cntrl}]|%[0-9A-Fa-f]{2})*)?)(?<rest>([?#].*)?)", Pattern.CASE_INSENSITIVE);

    private final String scheme;
    private final HostPort host;
    private final String path;

    private ServerUrl(String scheme, HostPort host, String path) {
        this.scheme = scheme;
        this.host = host;
        this.path = path;
    }

    /** Reads a URL as a person types it; null for an empty text. */
    static ServerUrl parse(String text, boolean plainHttp) throws SettingsException {
        if (text.isEmpty()) {
            return null;
        }
        Matcher form = FORM.matcher(text.strip().replaceFirst("/+$", ""));
        HostPort host = form.matches() ? HostPort.parse(form.group("host")) : null;
        if (host == null) {
            throw new SettingsException(
                    "The license server's URL is not one: write it like https://license.example.com.");
        }
        if (form.group("user") != null || !form.group("rest").isEmpty()) {
            throw new SettingsException("The license server's URL may have a host and a path, and nothing else:"
                    + " no password, no ? and no #.");
        }
        ServerUrl url = new ServerUrl(form.group("scheme").toLowerCase(Locale.ROOT), host,
                escape(form.group("path"), "-._~/$&+,:;=@!'()*%[]"));
        if (!url.isTls() && !plainHttp && !url.isLoopback()) {
            throw new SettingsException("http:// would show the license key to everybody between here and " + host
                    + ": use https://.");
        }
        return url;
    }

    /** Writes a text as one segment of a path. */
    static String segment(String text) {
        return escape(text, "-._~$&+:=@");
    }

    private static String escape(String text, String allowed) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || allowed.indexOf(b) >= 0);
            escaped.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b));
        }
        return escaped.toString();
    }

    /** Whether it leads to this very computer. */
    boolean isLoopback() {
        String name = host.host();
        boolean literal = name.matches("127(\\.\\d{1,3}){3}") || name.contains(":");
        try {
            return name.equalsIgnoreCase("localhost") || literal && InetAddress.getByName(name).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    boolean isTls() {
        return scheme.equals("https");
    }

    HostPort host() {
        return host;
    }

    int port() {
        return host.portOr(isTls() ? 443 : 80);
    }

    /** What the paths of the API follow: empty, or a path without a slash at its end. */
    String path() {
        return path;
    }

    @Override
    public String toString() {
        return scheme + "://" + host + path;
    }
}
