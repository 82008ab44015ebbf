package com.cirruslink.chariot.license;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;

/**
 * Runs what must not be torn by an interrupt. Java closes a file channel under an interrupted
 * thread; whoever stops a call stops its waiting, not the writing down of what it has learned.
 */
final class Uninterrupted {
    private Uninterrupted() {}

    /** Work on files that may be begun anew. */
    interface Work<T> {
        T run() throws IOException;
    }

    /** Runs the work until no interrupt has come in between, and keeps the interrupt. */
    static <T> T run(Work<T> work) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try {
                    return work.run();
                } catch (ClosedByInterruptException | FileLockInterruptionException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
