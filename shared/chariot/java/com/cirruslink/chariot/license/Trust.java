package com.cirruslink.chariot.license;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The trust bundle of the highest version seen, which trust.json keeps. */
final class Trust {
    /** Where a license server has it, and what it gives. */
    static final String PATH = "/v1/keys";
    static final Members.Form<String> FORM = members -> members.text("trustBundle");

    private final Disk disk;
    private final Exchange exchange;
    private final List<RootKey> roots;
    /** This call has fetched the trust bundle: once is enough. */
    private boolean refreshed;

    Trust(Disk disk, Exchange exchange, List<RootKey> roots) {
        this.disk = disk;
        this.exchange = exchange;
        this.roots = roots;
    }

    /** What the file holds. */
    private static final class Stored {
        final long version;
        final String bundle;

        Stored(Members members) throws JsonException {
            version = members.number("version");
            bundle = members.text("trustBundle");
        }
    }

    /**
     * The trust bundle on disk; null where there is none that the root keys signed: those of
     * another server, or root keys of before, say nothing.
     */
    static Bundle stored(Disk disk, List<RootKey> roots) throws StateException {
        Stored stored = disk.read(StateFile.TRUST, Stored::new);
        if (stored == null || stored.bundle.isEmpty()) {
            return null;
        }
        try {
            return Bundle.verify(stored.bundle, roots, stored.version);
        } catch (RefusedException e) {
            return null;
        }
    }

    /** The trust bundle on disk, as of {@link #stored}. */
    Bundle bundle() throws StateException {
        return stored(disk, roots);
    }

    /**
     * Fetches the trust bundle where there is none. It comes before the license key leaves the
     * machine: who cannot show a trust bundle gets no key.
     */
    void need() throws LicenseException {
        if (bundle() == null && !refreshed) {
            fetch();
        }
    }

    /** Whether this call has not fetched the trust bundle yet. */
    boolean mayFetch() {
        return !refreshed;
    }

    /** Fetches the trust bundle and keeps it. */
    Bundle fetch() throws LicenseException {
        String compact = exchange.get(PATH, FORM);
        refreshed = true;
        return keep(compact);
    }

    /**
     * Fetches the trust bundle after a reactivation, so that a removed key counts no longer here.
     * It comes last: the certificate on disk is by a key that counts. One try is enough: where
     * there is no better bundle to be had, the machine is licensed all the same.
     */
    void refresh() throws StateException {
        if (refreshed) {
            return;
        }
        try {
            keep(exchange.read(exchange.send(HttpRequest.get(PATH)), null, FORM));
        } catch (StateException e) {
            throw e;
        } catch (LicenseException e) {
            // The bundle that there is stays.
        }
    }

    /** Verifies a trust bundle and keeps it, unless it is lower than the one on disk. */
    private Bundle keep(String compact) throws LicenseException {
        Bundle has = bundle();
        Bundle bundle = verify(compact, roots, has == null ? 0 : has.version());
        if (has == null || has.version() != bundle.version()) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("format", StateFile.FORMAT);
            members.put("version", bundle.version());
            members.put("trustBundle", compact);
            disk.write(StateFile.TRUST, members);
        }
        return bundle;
    }

    /** Reads what a license server gives for its trust bundle. */
    static Bundle verify(String compact, List<RootKey> roots, long atLeast) throws UntrustedException {
        try {
            return Bundle.verify(compact, roots, atLeast);
        } catch (RefusedException e) {
            throw new UntrustedException("trust bundle", e);
        }
    }
}
