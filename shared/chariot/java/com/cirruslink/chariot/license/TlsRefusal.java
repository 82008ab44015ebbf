package com.cirruslink.chariot.license;

import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** The TLS certificate of a server is refused: what is wrong with it, for the person who can set it right. */
final class TlsRefusal extends CertificateException {
    private static final long serialVersionUID = 1;

    final String sentence;
    final transient Map<String, String> values;

    private TlsRefusal(String sentence, Map<String, String> values, CertificateException cause) {
        super(cause.getMessage(), cause);
        this.sentence = sentence;
        this.values = values;
    }

    /**
     * Finds out why a chain was refused. What it finds decides on the sentence alone: the chain is
     * refused whatever it finds. The server's own time comes first, then its name, then who vouches
     * for it.
     */
    static TlsRefusal of(X509Certificate[] chain, String host, Instant now, CertificateException cause) {
        Date at = Date.from(now);
        X509Certificate server = chain[0];
        if (at.before(server.getNotBefore()) || at.after(server.getNotAfter())) {
            return new TlsRefusal("tls-clock", Map.of("from", Judgment.moment(server.getNotBefore().toInstant()),
                    "to", Judgment.moment(server.getNotAfter().toInstant())), cause);
        }
        List<String> names = names(server);
        if (names.stream().noneMatch(name -> covers(name, host))) {
            String all = names.isEmpty() ? part(server.getSubjectX500Principal(), "CN")
                    : String.join(", ", names);
            return new TlsRefusal("tls-name", Map.of("names", shown(all)), cause);
        }
        X500Principal issuer = chain[chain.length - 1].getIssuerX500Principal();
        String name = part(issuer, "CN").isEmpty() ? part(issuer, "O") : part(issuer, "CN");
        return new TlsRefusal("tls-authority", Map.of("issuer", shown(name)), cause);
    }

    private static String shown(String text) {
        return text.isEmpty() ? "somebody without a name" : Text.printable(text, 100);
    }

    /** The names of hosts, and their addresses, that a certificate is for. */
    private static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                int kind = (Integer) name.get(0); // of RFC 5280: 2 is a DNS name, 7 an address
                if (kind == 2 || kind == 7) {
                    names.add((String) name.get(1));
                }
            }
        } catch (CertificateParsingException e) {
            // It has no names that anybody could read.
        }
        return names;
    }

    private static boolean covers(String name, String host) {
        String wanted = host.toLowerCase(Locale.ROOT);
        String given = name.toLowerCase(Locale.ROOT);
        int dot = wanted.indexOf('.');
        boolean wild = given.startsWith("*.") && dot > 0;
        return given.equals(wanted) || wild && given.substring(1).equals(wanted.substring(dot));
    }

    /** The parts of a kind in a distinguished name; empty if there are none. */
    private static String part(X500Principal name, String kind) {
        try {
            return new LdapName(name.getName()).getRdns().stream().filter(rdn -> rdn.getType().equalsIgnoreCase(kind))
                    .map(Rdn::getValue).map(Object::toString).collect(Collectors.joining(", "));
        } catch (InvalidNameException e) {
            return "";
        }
    }
}
