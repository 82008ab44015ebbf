package com.cirruslink.chariot.license;

import java.io.EOFException;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLException;

/**
 * There was no answer: the message says why, and what to do. What was asked for may have happened
 * all the same: the same call finds out.
 */
public final class UnreachableException extends LicenseException {
    private static final long serialVersionUID = 1;

    /** The sentence for the cause alone, and its name; null where the thread was interrupted. */
    private final String why;
    private final String name;

    private UnreachableException(String message, String name, String why, IOException cause) {
        super(message, cause);
        this.name = name;
        this.why = why;
    }

    /** Something was in the way. */
    static UnreachableException of(ServerUrl server, HttpProxy proxy, IOException cause) {
        Map<String, String> values = new HashMap<>();
        values.put("host", server.host().toString());
        values.put("proxy", proxy == null ? "" : proxy.toString());
        String name = name(cause, values);
        String why = Sentences.fill(Sentences.of(name), values);
        String message = Sentences.fill(Sentences.of("unreachable"), Map.of("server", server.toString(), "why", why));
        return new UnreachableException(message, name, why, cause);
    }

    /** The thread was interrupted, and stays so. */
    static UnreachableException stopped(ServerUrl server) {
        Thread.currentThread().interrupt();
        return new UnreachableException(
                Sentences.fill(Sentences.of("unreachable-stopped"), Map.of("server", server.toString())), "", "", null);
    }

    /** The sentence for the cause alone. */
    String why() {
        return why;
    }

    boolean is(String other) {
        return name.equals(other);
    }

    /** Whether the cause may pass by itself: what somebody has to set does not. */
    boolean passes() {
        return name.startsWith("net-") || name.equals("proxy-away");
    }

    /**
     * Names the sentence for a cause, and adds what stands in it. What is nearer to this machine
     * comes first: the proxy, then names, the network, TLS.
     */
    private static String name(IOException e, Map<String, String> values) {
        ProxyFailure proxy = cause(e, ProxyFailure.class);
        UnknownHostException unknown = cause(e, UnknownHostException.class);
        TlsRefusal refusal = cause(e, TlsRefusal.class);
        if (proxy != null && proxy.status != 0) {
            return nameOf(proxy, values);
        }
        if (proxy != null) {
            return unknown != null ? "proxy-name" : "proxy-away";
        }
        if (unknown != null) {
            return "net-name";
        }
        if (refusal != null) {
            values.putAll(refusal.values);
            return refusal.sentence;
        }
        values.put("error", e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        return nameOfNetwork(e);
    }

    private static String nameOf(ProxyFailure proxy, Map<String, String> values) {
        if (proxy.status != 407) {
            values.put("status", Integer.toString(proxy.status));
            return "proxy-refuses";
        }
        if (!proxy.takesBasic()) {
            values.put("schemes", String.join(" and ", proxy.schemes));
            return "proxy-scheme";
        }
        return "proxy-login";
    }

    private static String nameOfNetwork(IOException e) {
        SocketException socket = cause(e, SocketException.class);
        String said = socket == null ? "" : String.valueOf(socket.getMessage());
        if (cause(e, SocketTimeoutException.class) != null || said.contains("timed out")) {
            return "net-timeout";
        }
        if (said.contains("refused")) {
            return "net-refused";
        }
        if (socket instanceof NoRouteToHostException || said.contains("unreachable")) {
            return "net-route";
        }
        boolean cut = cause(e, EOFException.class) != null || said.contains("reset") || said.contains("Broken pipe");
        if (!cut && e instanceof SSLException) {
            return "tls-other";
        }
        return cut ? "net-cut" : "net-other";
    }

    /** The first of a kind among an exception and its causes; null if there is none. */
    private static <T> T cause(Throwable e, Class<T> kind) {
        while (e != null && !kind.isInstance(e)) {
            e = e.getCause();
        }
        return kind.cast(e);
    }
}
