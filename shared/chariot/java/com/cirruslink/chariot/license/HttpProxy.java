package com.cirruslink.chariot.license;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The proxy that leads to the license server, and what it is to be told of us. */
final class HttpProxy {
    private static final Pattern FORM = Pattern.compile("(?i:http)://((?<user>[^/?#]*)@)?(?<host>[^/?#@]+)");

    private final HostPort host;
    /** The value of Proxy-Authorization; empty: none. */
    private final String authorization;

    private HttpProxy(HostPort host, String authorization) {
        this.host = host;
        this.authorization = authorization;
    }

    /**
     * Reads the URL of a proxy; null for an empty text.
     *
     * @param user empty: that in the URL, if there is one
     */
    static HttpProxy parse(String text, String user, String password) throws SettingsException {
        if (text.isEmpty()) {
            return null;
        }
        Matcher form = FORM.matcher(text.strip().replaceFirst("/+$", ""));
        HostPort host = form.matches() ? HostPort.parse(form.group("host")) : null;
        if (host == null) {
            throw new SettingsException("The proxy is not one: write it like http://proxy.example.com:3128.");
        }
        String inUrl = form.group("user");
        if (!user.isEmpty()) {
            return new HttpProxy(host, basic(user + ":" + password));
        }
        return new HttpProxy(host, inUrl == null ? "" : basic(decode(inUrl.contains(":") ? inUrl : inUrl + ":")));
    }

    private static String decode(String text) throws SettingsException {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new SettingsException("The proxy is not one: write it like http://proxy.example.com:3128.");
        }
    }

    private static String basic(String login) {
        return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    HostPort host() {
        return host;
    }

    int port() {
        return host.portOr(80);
    }

    /** The header that lets us through, with its line break; empty if there is none to show. */
    String header() {
        return authorization.isEmpty() ? "" : "Proxy-Authorization: " + authorization + "\r\n";
    }

    /** Host and port: the login stays out of sentences. */
    @Override
    public String toString() {
        return host.toString();
    }
}
