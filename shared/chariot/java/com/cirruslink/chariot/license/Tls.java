package com.cirruslink.chariot.license;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Puts TLS over a connection. */
final class Tls {
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private Tls() {}

    /**
     * Shakes hands with a server that must prove to be {@code host}.
     *
     * @param authorities null, and the server need not prove anything: nothing that it says may be
     *     believed, and nothing secret be said to it
     */
    static SSLSocket over(Socket connection, String host, int port, Authorities authorities, Instant now)
            throws IOException {
        ServerJudge judge = authorities == null ? new Anybody() : new Verified(authorities.judge(now), host, now);
        SSLSocket socket;
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {judge}, null);
            socket = (SSLSocket) context.getSocketFactory().createSocket(connection, host, port, true);
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java has no TLS: " + e.getMessage(), e);
        }
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(
                Arrays.stream(parameters.getProtocols()).filter(PROTOCOLS::contains).toArray(String[]::new));
        if (authorities != null) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** Believes who shows a good chain for the name of the host, and says what is wrong with another. */
    private static final class Verified extends ServerJudge {
        private final X509ExtendedTrustManager judge;
        private final String host;
        private final Instant now;

        Verified(X509ExtendedTrustManager judge, String host, Instant now) {
            this.judge = judge;
            this.host = host;
            this.now = now;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            try {
                judge.checkServerTrusted(chain, type, socket); // the name of the host too
            } catch (CertificateException e) {
                throw TlsRefusal.of(chain, host, now, e);
            }
        }
    }

    /** Believes anybody: it is for those who need not prove who they are. */
    private static final class Anybody extends ServerJudge {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            // Nobody relies on who it is.
        }
    }

    /** Judges servers on sockets, and refuses all else, which never comes here. */
    private abstract static class ServerJudge extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("there is no engine here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("there is no connection here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("there are no clients here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("there are no clients here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("there are no clients here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
