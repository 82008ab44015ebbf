package com.cirruslink.chariot.license;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The way to the license server: straight, through a proxy, or to an address in place of what DNS
 * says.
 *
 * <p>It speaks HTTP/1.1 by itself. What the JDK has shows a login to a proxy for https only where a
 * property of the whole program allows it, and cannot connect to a given address while TLS verifies
 * a name.
 */
final class Network {
    /** Bounds the connection to the server or the proxy, and again each wait of the handshake of TLS. */
    private static final int CONNECT_MILLIS = 10_000;

    private final HttpProxy proxy;
    private final HostPort address;
    private final Authorities authorities;
    private final Clock clock;
    private final Duration tryTime;

    /**
     * @param proxy null: none
     * @param address null: what the name of the server stands for
     * @param authorities null: whoever answers
     * @param tryTime bounds one try
     */
    Network(HttpProxy proxy, HostPort address, Authorities authorities, Clock clock, Duration tryTime) {
        this.proxy = proxy;
        this.address = address;
        this.authorities = authorities;
        this.clock = clock;
        this.tryTime = tryTime;
    }

    /** The same way, where TLS believes anybody: for what is neither secret nor relied on. */
    Network unverified() {
        return new Network(proxy, address, null, clock, tryTime);
    }

    /** The proxy; null if there is none. */
    HttpProxy proxy() {
        return proxy;
    }

    /** Sends a request once. An interrupt ends it. */
    HttpReply send(ServerUrl server, HttpRequest request) throws IOException, InterruptedException {
        Try attempt = new Try(server, request);
        FutureTask<HttpReply> task = new FutureTask<>(attempt::run);
        // A thread can be left where a name is not found, or bytes come one by one, for ever.
        Thread thread = new Thread(task, "chariot-license-request");
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(tryTime.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no answer within " + tryTime.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException) {
                throw (IOException) e.getCause();
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            attempt.end();
        }
    }

    /** One try, and the connection that ends it. */
    private final class Try {
        private final ServerUrl server;
        private final HttpRequest request;
        /** A server on this very computer needs no proxy. */
        private final HttpProxy via;
        private Socket connection;
        private boolean ended;

        Try(ServerUrl server, HttpRequest request) {
            this.server = server;
            this.request = request;
            via = server.isLoopback() ? null : proxy;
        }

        HttpReply run() throws IOException {
            try (Socket socket = connect()) {
                String path = server.path() + request.path;
                boolean absolute = via != null && !server.isTls();
                String target = absolute ? "http://" + server.host() + path : path;
                socket.getOutputStream().write(request.bytes(target, server.host(), absolute ? via.header() : ""));
                HttpReply reply = new HttpReader(new BufferedInputStream(socket.getInputStream())).reply();
                if (reply.status() == 407) {
                    throw new ProxyFailure(reply);
                }
                return reply;
            }
        }

        private Socket connect() throws IOException {
            Socket socket = via != null ? connectToProxy() : address != null
                    ? connect(address.host(), address.portOr(server.port()))
                    : connect(server.host().host(), server.port());
            if (!server.isTls()) {
                return socket;
            }
            if (via != null) {
                tunnel(socket);
            }
            socket.setSoTimeout(CONNECT_MILLIS);
            Socket secure = Tls.over(socket, server.host().host(), server.port(), authorities, clock.instant());
            socket.setSoTimeout(0);
            return secure;
        }

        private Socket connectToProxy() throws IOException {
            try {
                return connect(via.host().host(), via.port());
            } catch (IOException e) {
                throw new ProxyFailure(e);
            }
        }

        /** Connects to the first of the addresses of a name that takes us. */
        private Socket connect(String name, int port) throws IOException {
            InetAddress[] all = InetAddress.getAllByName(name);
            IOException failed = new UnknownHostException(name);
            for (int i = 0; i < all.length; i++) {
                Socket socket = hold(new Socket(Proxy.NO_PROXY));
                try {
                    socket.connect(new InetSocketAddress(all[i], port), CONNECT_MILLIS / all.length);
                    return socket;
                } catch (IOException e) {
                    socket.close();
                    failed = i == 0 ? e : failed;
                }
            }
            throw failed;
        }

        /** Has the proxy connect us to the server. */
        private void tunnel(Socket socket) throws IOException {
            String host = server.host().withPort(server.port());
            String request = "CONNECT " + host + " HTTP/1.1\r\nHost: " + host + "\r\n"
                    + "User-Agent: " + HttpRequest.USER_AGENT + "\r\n" + via.header() + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            // Read byte by byte: what follows the head belongs to TLS.
            HttpReply reply = new HttpReader(socket.getInputStream()).head();
            if (reply.status() != 200) {
                throw new ProxyFailure(reply);
            }
        }

        /** Keeps the connection for end; it is closed at once where that has come already. */
        private synchronized Socket hold(Socket socket) {
            connection = socket;
            if (ended) {
                end();
            }
            return socket;
        }

        /** Ends whatever the try still waits for. */
        synchronized void end() {
            ended = true;
            try {
                if (connection != null) {
                    connection.close();
                }
            } catch (IOException e) {
                // Nothing of it is of use any more.
            }
        }
    }
}
