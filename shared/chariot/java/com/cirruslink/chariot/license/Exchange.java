package com.cirruslink.chariot.license;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Sends requests until they are answered, as long as the patience of one call lasts. */
final class Exchange {
    private static final long FIRST_WAIT_MILLIS = 500;
    private static final long MOST_WAIT_MILLIS = 8_000;

    private final Settings settings;
    private final Network network;
    private final ServerUrl server;
    private final Instant start;
    private Duration waited = Duration.ZERO;

    Exchange(Settings settings, Network network, ServerUrl server) {
        this.settings = settings;
        this.network = network;
        this.server = server;
        start = settings.clock.instant();
    }

    /** @param key that in the body: it must not come back out in an error */
    <T> T post(String path, LicenseKey key, Map<String, Object> body, Members.Form<T> form) throws LicenseException {
        return tryUntilAnswered(HttpRequest.post(path, Json.write(body)), key, form);
    }

    <T> T get(String path, Members.Form<T> form) throws LicenseException {
        return tryUntilAnswered(HttpRequest.get(path), null, form);
    }

    private <T> T tryUntilAnswered(HttpRequest request, LicenseKey key, Members.Form<T> form) throws LicenseException {
        for (int attempt = 0;; attempt++) {
            Duration after = Duration.ZERO;
            LicenseException failed;
            try {
                HttpReply reply = send(request);
                after = reply.retryAfter(settings.clock.instant());
                return read(reply, key, form);
            } catch (ProblemException | AnswerException | UnreachableException e) {
                failed = e;
            }
            Duration wait = after.plus(backoff(attempt));
            if (!mayRepeat(failed) || spent().plus(wait).compareTo(settings.patience) >= 0) {
                throw failed;
            }
            settings.onWait.accept(failed, wait);
            sleep(wait, failed);
        }
    }

    /** Exponential, with full jitter, so that a thousand machines which lost the server at once come back apart. */
    private static Duration backoff(int attempt) {
        long most = Math.min(MOST_WAIT_MILLIS, FIRST_WAIT_MILLIS << Math.min(attempt, 10));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most) + 1);
    }

    /** How much of the call's patience is gone, whatever the clock does. */
    private Duration spent() {
        Duration passed = Duration.between(start, settings.clock.instant());
        return passed.compareTo(waited) > 0 ? passed : waited;
    }

    private void sleep(Duration wait, LicenseException why) throws LicenseException {
        try {
            settings.sleep.until(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
        waited = waited.plus(wait);
    }

    /**
     * Whether the same request may fare better soon: the network failed, or the server is busy. Who
     * refuses would refuse again.
     */
    private static boolean mayRepeat(LicenseException e) {
        if (e instanceof ProblemException) {
            return isBusy(((ProblemException) e).problem().status());
        }
        if (e instanceof AnswerException) {
            return isBusy(((AnswerException) e).status());
        }
        return ((UnreachableException) e).passes();
    }

    static boolean isBusy(int status) {
        return status >= 500 || status == 429;
    }

    /** Sends a request once. */
    HttpReply send(HttpRequest request) throws UnreachableException {
        try {
            return network.send(server, request);
        } catch (IOException e) {
            throw UnreachableException.of(server, network.proxy(), e);
        } catch (InterruptedException e) {
            throw UnreachableException.stopped(server);
        }
    }

    /** Reads a good answer; all others are exceptions. */
    <T> T read(HttpReply reply, LicenseKey key, Members.Form<T> form) throws ProblemException, AnswerException {
        int status = reply.status();
        if (reply.isTooLong()) {
            throw wrong(status, "it is far too long");
        }
        Problem problem = reply.mediaType().equals("application/problem+json")
                ? Problem.read(status, reply.body(), key) : null;
        if (problem != null) {
            throw new ProblemException(problem);
        }
        if (status >= 300 && status < 400) {
            throw wrong(status, "it leads elsewhere" + place(reply.header("location"))
                    + ", and a license key does not follow");
        }
        if (status < 200 || status > 299) {
            throw wrong(status, "it is not one that a license server gives");
        }
        try {
            if (reply.mediaType().equals("application/json")) {
                return form.read(Members.parse(reply.body()));
            }
        } catch (JsonException e) {
            // As bad as no JSON; the exception could quote the answer.
        }
        throw wrong(status, "it is not the JSON of a license server");
    }

    private AnswerException wrong(int status, String what) {
        return new AnswerException(server.toString(), status, what);
    }

    /** Names where a redirect leads, without what else an address may hold. */
    private static String place(String location) {
        try {
            URI to = new URI(location);
            if (to.getRawAuthority() == null) {
                return "";
            }
            String host = to.getRawAuthority().substring(to.getRawAuthority().indexOf('@') + 1);
            return ", to " + Text.printable(to.getScheme() + "://" + host, 200);
        } catch (URISyntaxException e) {
            return "";
        }
    }
}
