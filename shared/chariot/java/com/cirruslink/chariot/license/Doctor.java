package com.cirruslink.chariot.license;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Says what is in the way of a machine to its license server. */
final class Doctor {
    /**
     * How far this machine's clock may be from the license server's before it is called wrong.
     * Nothing that a machine does needs it closer.
     */
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);

    private final Settings settings;
    private final Network network;
    private final Vendor vendor;
    private final List<Finding> found = new ArrayList<>();

    Doctor(Settings settings, Network network, Vendor vendor) {
        this.settings = settings;
        this.network = network;
        this.vendor = vendor;
    }

    List<Finding> diagnose() {
        try {
            vendor.callable();
            Exchange exchange = new Exchange(settings, network, vendor.server);
            HttpReply reply = exchange.send(HttpRequest.get(Trust.PATH));
            String compact = exchange.read(reply, null, Trust.FORM);
            compareClocks(reply.date());
            Trust.verify(compact, vendor.roots, 0);
            if (found.isEmpty()) {
                String good = Sentences.fill(Sentences.of("doctor-good"), Map.of("server", vendor.url()));
                found.add(new Finding(true, good));
            }
        } catch (UnreachableException e) {
            if (e.is("tls-clock")) {
                compareClocks(timeUnverified());
            }
            found.add(new Finding(false, e.why()));
        } catch (LicenseException e) {
            found.add(new Finding(false, e.getMessage()));
        }
        return List.copyOf(found);
    }

    /** Holds this machine's clock against the time of an answer; null says nothing. */
    private void compareClocks(Instant theirs) {
        Instant ours = settings.clock.instant();
        Duration ahead = theirs == null ? Duration.ZERO : Duration.between(theirs, ours);
        if (ahead.abs().compareTo(CLOCK_TOLERANCE) > 0) {
            String name = ahead.isNegative() ? "doctor-clock-behind" : "doctor-clock-ahead";
            found.add(new Finding(false, Sentences.fill(Sentences.of(name), Map.of("off", span(ahead.abs()),
                    "ours", Judgment.moment(ours), "theirs", Judgment.moment(theirs)))));
        }
    }

    /**
     * Asks what the time is where TLS cannot be verified: a TLS certificate that is out of date may
     * be right, and the clock wrong. Nothing else of the answer is looked at; a liar could at most
     * have a clock set wrong.
     */
    private Instant timeUnverified() {
        try {
            return network.unverified().send(vendor.server, HttpRequest.get("/v1/health")).date();
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** Writes how long something is, for people. */
    private static String span(Duration d) {
        if (d.toHours() >= 48) {
            return d.toDays() + " days";
        }
        return d.toHours() >= 2 ? d.toHours() + " hours" : d.toMinutes() + " minutes";
    }
}
