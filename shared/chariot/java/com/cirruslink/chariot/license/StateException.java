package com.cirruslink.chariot.license;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The state directory cannot be used. The message says what is wrong and what to do. What cannot be
 * read is never overwritten.
 */
public final class StateException extends LicenseException {
    private static final long serialVersionUID = 1;

    private final boolean inUse;

    StateException(Path path, String why) {
        this(path, why, null, false);
    }

    StateException(Path path, IOException cause) {
        this(path, reason(cause), cause, false);
    }

    private StateException(Path path, String why, IOException cause, boolean inUse) {
        super("The state of this machine at " + path + " cannot be used: " + why + ".", cause);
        this.inUse = inUse;
    }

    static StateException inUse(Path dir) {
        return new StateException(dir,
                "another process uses this state directory: end it, or use another directory", null, true);
    }

    /** Whether another has the state directory open: end it, or use another directory. */
    public boolean inUse() {
        return inUse;
    }

    /** Says why a file cannot be used, in the words of the system and without its path. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "file exists";
        }
        if (e instanceof DirectoryNotEmptyException) {
            return "directory not empty";
        }
        String why = e instanceof FileSystemException ? ((FileSystemException) e).getReason() : e.getMessage();
        return why == null || why.isEmpty() ? e.getClass().getSimpleName()
                : why.substring(0, 1).toLowerCase(Locale.ROOT) + why.substring(1);
    }
}
