package com.cirruslink.chariot.license;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The state directory: each file is written whole, or not at all. */
final class Disk {
    /** Far above what a file of the state can grow to. */
    private static final int MAX_FILE = 4 << 20;

    final Path dir;
    /** Runs before each step of a write: tests cut there. */
    private final Consumer<String> before;

    Disk(Path dir, Consumer<String> before) {
        this.dir = dir;
        this.before = before;
    }

    Path path(StateFile file) {
        return dir.resolve(file.fileName);
    }

    /** Makes the directory where there is none, for its owner alone. */
    void makeDir() throws StateException {
        if (Files.exists(dir)) {
            return;
        }
        try {
            Files.createDirectories(dir, ownerOnly(dir, "rwx------"));
            syncDir(dir.toAbsolutePath().normalize().getParent());
        } catch (IOException e) {
            throw new StateException(dir, e);
        }
    }

    /** What makes a path its owner's alone; nothing where the system is not POSIX. */
    static FileAttribute<?>[] ownerOnly(Path path, String permissions) {
        if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        };
    }

    boolean has(StateFile file) {
        return Files.exists(path(file), LinkOption.NOFOLLOW_LINKS);
    }

    /** Reads a file; null where there is none. */
    <T> T read(StateFile file, Members.Form<T> form) throws StateException {
        byte[] data;
        try {
            data = Uninterrupted.run(() -> content(file));
        } catch (IOException e) {
            throw new StateException(path(file), e);
        }
        if (data == null) {
            return null;
        }
        if (data.length > MAX_FILE) {
            throw damaged(file, "it is no file of ours");
        }
        try {
            return form.read(checkFormat(file, Members.parse(data)));
        } catch (JsonException e) {
            throw damaged(file);
        }
    }

    /** Null where there is none; one byte too much of what is no file of ours. */
    private byte[] content(StateFile file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(path(file), BasicFileAttributes.class);
            if (!attributes.isRegularFile() || attributes.size() > MAX_FILE) {
                return new byte[MAX_FILE + 1];
            }
            return Files.readAllBytes(path(file));
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private Members checkFormat(StateFile file, Members members) throws StateException, JsonException {
        long format = members.number("format");
        if (format > StateFile.FORMAT) {
            throw new StateException(path(file), "a newer version of Chariot wrote it: use that version");
        }
        if (format < 1) {
            throw damaged(file, "it is no file of ours");
        }
        return members;
    }

    /** The error for a file that is there and cannot be read. It does not quote the file. */
    StateException damaged(StateFile file) {
        return damaged(file, "it is damaged, or was not written by Chariot");
    }

    StateException damaged(StateFile file, String why) {
        return new StateException(path(file), why + "; " + file.remedy);
    }

    /**
     * Replaces a file. After it returned, the new content survives a loss of power; before, the old
     * one does.
     */
    void write(StateFile file, Map<String, Object> content) throws StateException {
        byte[] data = (Json.writePretty(content) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            Uninterrupted.run(() -> {
                replace(path(file), data);
                return null;
            });
        } catch (IOException e) {
            throw new StateException(path(file), e);
        }
    }

    /**
     * Writes beside the file and renames. The lock makes the one temporary name ours; what a kill
     * left under it goes.
     */
    private void replace(Path path, byte[] data) throws IOException {
        Path temp = path.resolveSibling(path.getFileName() + ".new");
        before.accept("create");
        Files.deleteIfExists(temp);
        Set<StandardOpenOption> create = EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(temp, create, ownerOnly(temp, "rw-------"))) {
            before.accept("write");
            for (ByteBuffer rest = ByteBuffer.wrap(data); rest.hasRemaining();) {
                channel.write(rest);
            }
            before.accept("sync");
            channel.force(true);
        } catch (IOException e) {
            temp.toFile().delete(); // best effort: the next write removes it too
            throw e;
        }
        before.accept("rename");
        Files.move(temp, path, StandardCopyOption.ATOMIC_MOVE);
        before.accept("sync directory");
        syncDir(dir);
    }

    /** Makes a rename durable. Windows does so by itself, and opens no directories. */
    private static void syncDir(Path dir) throws IOException {
        if (File.separatorChar == '\\') {
            return;
        }
        try (FileChannel channel = FileChannel.open(dir, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
