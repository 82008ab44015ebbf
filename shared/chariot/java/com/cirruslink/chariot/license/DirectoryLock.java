package com.cirruslink.chariot.license;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;

/**
 * Keeps others out of a state directory until it is closed, or this process ends, however it ends.
 * The Go client takes a lock that respects this one.
 *
 * <p>On POSIX a lock belongs to the process and not to the channel, and is gone when the process
 * closes any channel to the file. So what this process has locked must be known before the file is
 * opened again, by a copy of this class from another class loader too: the one list that a whole
 * process has are its system properties.
 */
final class DirectoryLock implements AutoCloseable {
    private final String name;
    private final FileLock lock;

    private DirectoryLock(String name, FileLock lock) {
        this.name = name;
        this.lock = lock;
    }

    /** Locks a directory, which must be there. */
    static DirectoryLock take(Path dir) throws StateException {
        try {
            String name = DirectoryLock.class.getName() + ":" + dir.toRealPath();
            if (System.getProperties().putIfAbsent(name, "held") != null) {
                throw StateException.inUse(dir);
            }
            FileLock lock = null;
            try {
                lock = Uninterrupted.run(() -> lock(dir.resolve("lock")));
            } finally {
                if (lock == null) {
                    System.clearProperty(name);
                }
            }
            if (lock == null) {
                throw StateException.inUse(dir);
            }
            return new DirectoryLock(name, lock);
        } catch (IOException e) {
            throw new StateException(dir.resolve("lock"), e);
        }
    }

    /** Null where another holds the lock. */
    private static FileLock lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE), Disk.ownerOnly(path, "rw-------"));
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // Another part of this program has locked the very file.
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        return lock;
    }

    /** Whether the directory has not been given back. */
    boolean isHeld() {
        return lock.isValid();
    }

    /** Gives the directory back; a second time, nothing happens. */
    @Override
    public synchronized void close() {
        if (!lock.isValid()) {
            return;
        }
        try {
            lock.acquiredBy().close();
        } catch (IOException e) {
            // The lock is gone with the channel all the same.
        }
        System.clearProperty(name);
    }
}
