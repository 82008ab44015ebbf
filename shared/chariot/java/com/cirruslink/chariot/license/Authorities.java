package com.cirruslink.chariot.license;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** The certificate authorities that count in TLS: those of this Java, and those of a file. */
final class Authorities {
    private final Set<TrustAnchor> ofFile = new HashSet<>();
    /** All of them, once they were needed: to read them takes a while. */
    private Set<TrustAnchor> all;

    /** @param caFile names a PEM file; empty: none */
    Authorities(String caFile) throws SettingsException {
        if (caFile.isEmpty()) {
            return;
        }
        try {
            byte[] text = Uninterrupted.run(() -> Files.readAllBytes(Path.of(caFile)));
            for (Certificate authority : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(text))) {
                ofFile.add(new TrustAnchor((X509Certificate) authority, null));
            }
        } catch (IOException e) {
            throw new SettingsException("The CA file " + caFile + " cannot be read: " + StateException.reason(e) + ".");
        } catch (CertificateException e) {
            ofFile.clear(); // as bad as no certificate
        }
        if (ofFile.isEmpty()) {
            throw new SettingsException("There is no certificate in the CA file " + caFile + ": it must be PEM,"
                    + " as between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----.");
        }
    }

    /** Judges the chains of servers as of a time. */
    X509ExtendedTrustManager judge(Instant now) throws IOException {
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(all(), new X509CertSelector());
            parameters.setDate(Date.from(now));
            parameters.setRevocationEnabled(false); // as Java does by itself
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
        } catch (GeneralSecurityException e) {
            throw new IOException("this Java cannot verify TLS: " + e.getMessage(), e);
        }
    }

    private synchronized Set<TrustAnchor> all() throws GeneralSecurityException {
        if (all == null) {
            Set<TrustAnchor> found = new HashSet<>(ofFile);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager) {
                    for (X509Certificate authority : ((X509TrustManager) manager).getAcceptedIssuers()) {
                        found.add(new TrustAnchor(authority, null));
                    }
                }
            }
            all = found;
        }
        return all;
    }
}
