package com.cirruslink.chariot.license;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One wish of a person on its way. The order of the writes is what makes a kill harmless at any
 * moment: the trust bundle; the intent, with its sequence; only then the request goes out; the
 * certificate, verified, and the end of the intent, in one write; only then the call succeeds.
 */
final class Call {
    /** What every JSON library reads exactly; milliseconds reach it in 287,000 years. */
    private static final long MOST_SEQUENCE = 1L << 53;

    private final Settings settings;
    private final Disk disk;
    private final Identity identity;
    private final String fingerprint;
    private final LicenseState state;
    private final String server;
    private final Exchange exchange;
    private final Trust trust;

    /** Reads the state. The caller has its turn. */
    Call(Machine machine, Vendor vendor) throws StateException {
        settings = machine.settings();
        disk = machine.disk();
        identity = machine.identity();
        fingerprint = machine.fingerprint();
        state = LicenseState.read(disk);
        server = vendor.server.toString();
        exchange = new Exchange(settings, machine.network(), vendor.server);
        trust = new Trust(disk, exchange, vendor.roots);
    }

    /** Sends an intent once. */
    private interface Ask<T> {
        T send(Intent wish) throws LicenseException;
    }

    /** Takes a seat of a license, or finds again the one that the machine holds. */
    void activate(LicenseKey key) throws LicenseException {
        makeWay(key);
        trust.need();
        LicensedAnswer answer;
        try {
            answer = ask(Intent.ACTIVATE, key, this::sendActivate);
        } catch (ProblemException e) {
            throw refused(Intent.ACTIVATE, key, e);
        }
        accept(Intent.ACTIVATE, key, answer);
    }

    /**
     * First finishes what has not been answered: a late copy of a deactivation would take the seat
     * away again, and a move may have brought one here. Then it refuses a second license, unless
     * the first is another computer's.
     */
    private void makeWay(LicenseKey key) throws LicenseException {
        try {
            if (state.isPending(Intent.DEACTIVATE)) {
                giveBack();
            } else if (state.isPending(Intent.REACTIVATE)) {
                pull();
            }
        } catch (LicenseException e) {
            boolean unknown = e instanceof ProblemException && ((ProblemException) e).is(Problem.LICENSE_NOT_FOUND);
            if (state.pending != null && !unknown) {
                throw e;
            }
        }
        if (state.isPending(Intent.ACTIVATE) && !state.pending.key.equals(key)) {
            throw new RefusalException(RefusalException.ACTIVATION_PENDING);
        }
        if (state.key != null && !state.key.equals(key) && !state.keyUnknown && !isChanged()) {
            throw new RefusalException(RefusalException.OTHER_LICENSE);
        }
    }

    /** Pulls the updates of the license that the machine runs on, or moves its seat here. */
    void reactivate() throws LicenseException {
        if (state.isPending(Intent.DEACTIVATE)) {
            throw new RefusalException(RefusalException.DEACTIVATION_PENDING);
        }
        if (state.certificate == null) {
            throw new RefusalException(state.isPending(Intent.ACTIVATE)
                    ? RefusalException.ACTIVATION_PENDING : RefusalException.NOT_ACTIVATED);
        }
        pull();
    }

    private void pull() throws LicenseException {
        trust.need();
        LicenseKey key = state.key;
        LicensedAnswer answer;
        try {
            answer = isChanged() || state.isPending(Intent.REACTIVATE)
                    ? ask(Intent.REACTIVATE, key, this::sendReactivate)
                    : sendReactivate(new Intent(Intent.REACTIVATE, 0, key, ""));
        } catch (ProblemException e) {
            throw refused(Intent.REACTIVATE, key, e);
        }
        accept(Intent.REACTIVATE, key, answer);
        trust.refresh();
    }

    /** Gives the seat of this machine back. */
    void deactivate() throws LicenseException {
        if (state.isPending(Intent.ACTIVATE)) {
            settleActivation();
        } else if (state.isPending(Intent.REACTIVATE)) {
            pull();
        } else if (isChanged() && !state.isPending(Intent.DEACTIVATE)) {
            throw new RefusalException(RefusalException.MACHINE_CHANGED);
        }
        if (state.certificate != null) {
            giveBack();
        }
    }

    /**
     * Gives back the seat that the state holds. Where the server knows no such activation of this
     * machine, there is nothing to give back, and it is done.
     */
    private void giveBack() throws LicenseException {
        LicenseKey key = state.key;
        try {
            String named = ask(Intent.DEACTIVATE, key, this::sendDeactivate);
            if (!named.equals(state.license.id())) {
                throw new AnswerException(server, 0, "it does not name the license that was given back");
            }
        } catch (ProblemException e) {
            if (!e.is(Problem.ACTIVATION_NOT_FOUND)) {
                throw refused(Intent.DEACTIVATE, key, e);
            }
        }
        state.forget();
        state.answered(settings.clock.instant(), Intent.DEACTIVATE, null);
        state.write(disk);
    }

    /**
     * Repeats an activation that has not been answered: only its answer names the seat to give
     * back. Refused because there is no seat is as good; refused for another reason leaves what the
     * machine held before, if it held anything.
     */
    private void settleActivation() throws LicenseException {
        trust.need();
        LicenseKey key = state.pending.key;
        LicensedAnswer answer;
        try {
            answer = sendActivate(state.pending);
        } catch (ProblemException e) {
            LicenseException settled = refused(Intent.ACTIVATE, key, e);
            boolean holdsNoSeat = e.is(Problem.SEATS_TAKEN) || e.is(Problem.ACTIVATION_RELEASED)
                    || e.is(Problem.REQUEST_SUPERSEDED);
            boolean decided = state.pending == null && (holdsNoSeat || state.certificate != null);
            if (settled instanceof StateException || !decided) {
                throw settled;
            }
            return;
        }
        accept(Intent.ACTIVATE, key, answer);
    }

    /**
     * Sends an intent. Where the server has seen a newer request of this machine, it counts on from
     * there, without the clock, which may be what is wrong, and asks once more: a person is asking,
     * and no copy of an old request.
     */
    private <T> T ask(String kind, LicenseKey key, Ask<T> ask) throws LicenseException {
        boolean same = state.isPending(kind) && state.pending.newFingerprint.equals(target(kind));
        if (!same) {
            intend(Math.max(state.sequence + 1, settings.clock.millis()), kind, key);
        }
        try {
            return ask.send(state.pending);
        } catch (ProblemException e) {
            long stored = e.problem().sequence();
            if (!e.is(Problem.REQUEST_SUPERSEDED) && !e.is(Problem.ACTIVATION_RELEASED)
                    || stored <= 0 || stored >= MOST_SEQUENCE) {
                throw e;
            }
            intend(stored + 1, kind, key);
            return ask.send(state.pending);
        }
    }

    /** Makes an intent the pending one, which is on disk when this returns. */
    private void intend(long sequence, String kind, LicenseKey key) throws StateException {
        state.pending = new Intent(kind, sequence, key, target(kind));
        state.sequence = sequence;
        state.write(disk);
    }

    /** Where an intent moves the seat to. */
    private String target(String kind) {
        return kind.equals(Intent.REACTIVATE) ? fingerprint : "";
    }

    private LicensedAnswer sendActivate(Intent wish) throws LicenseException {
        Map<String, Object> machine = new LinkedHashMap<>();
        if (!settings.hostname.isEmpty()) {
            machine.put("hostname", settings.hostname);
        }
        if (!settings.version.isEmpty()) {
            machine.put("chariotVersion", settings.version);
        }
        Map<String, Object> body = body(wish, fingerprint);
        body.put("sequence", wish.sequence);
        body.put("machine", machine);
        return exchange.post("/v1/activations", wish.key, body, LicensedAnswer::new);
    }

    private LicensedAnswer sendReactivate(Intent wish) throws LicenseException {
        Map<String, Object> body = body(wish, state.activation.fingerprint);
        if (!wish.newFingerprint.isEmpty()) {
            body.put("newFingerprint", wish.newFingerprint);
            body.put("sequence", wish.sequence);
        }
        return exchange.post(state.activation.path("reactivate"), wish.key, body, LicensedAnswer::new);
    }

    /** Returns the ID of the license whose seat is free. */
    private String sendDeactivate(Intent wish) throws LicenseException {
        Map<String, Object> body = body(wish, state.activation.fingerprint);
        body.put("sequence", wish.sequence);
        return exchange.post(state.activation.path("deactivate"), wish.key, body,
                members -> members.objectOrEmpty("license", View::new).id());
    }

    private static Map<String, Object> body(Intent wish, String fingerprint) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("licenseKey", wish.key.reveal());
        body.put("fingerprint", fingerprint);
        return body;
    }

    /** Keeps what the server answered, once it is found good, and ends the intent in the same write. */
    private void accept(String kind, LicenseKey key, LicensedAnswer answer) throws LicenseException {
        Certificate found;
        try {
            found = new AnswerCheck(trust, state, fingerprint).certificate(key, answer);
        } catch (RefusalException e) {
            if (state.isPending(kind)) {
                state.pending = null; // repeated, it would only follow the move again
                writeAfter(e);
            }
            throw e;
        }
        state.take(key, found, answer);
        state.settle(kind);
        state.answered(settings.clock.instant(), kind, null);
        state.write(disk);
        identity.moveIn(disk);
    }

    /**
     * Keeps what the server refused: the machine says so in its status, and an intent that the
     * server has decided on waits no longer. The certificate stays: a plant must not stop by
     * surprise.
     *
     * @return what to throw
     */
    private LicenseException refused(String kind, LicenseKey key, ProblemException e) {
        state.answered(settings.clock.instant(), kind, e.problem());
        if (e.problem().settles()) {
            state.settle(kind);
        }
        if (e.is(Problem.LICENSE_NOT_FOUND) && key.equals(state.key)) {
            state.keyUnknown = true;
        }
        try {
            writeAfter(e);
            return e;
        } catch (StateException broken) {
            return broken;
        }
    }

    /** Writes the state down after an error, which one of the disk does not hide. */
    private void writeAfter(LicenseException e) throws StateException {
        try {
            state.write(disk);
        } catch (StateException broken) {
            broken.addSuppressed(e);
            throw broken;
        }
    }

    /** Whether the seat is that of another computer. */
    private boolean isChanged() {
        return state.isOfAnother(fingerprint);
    }
}
