package com.cirruslink.chariot.license;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The license server, and the root keys that vouch for it. What was pinned is in roots.json. */
final class Vendor {
    /** Null where none was given or pinned. */
    final ServerUrl server;
    final List<RootKey> roots;

    Vendor(ServerUrl server, List<RootKey> roots) {
        this.server = server;
        this.roots = roots;
    }

    /** What roots.json holds. */
    static final class Pinned {
        final String server;
        final List<RootKey> roots;

        Pinned(Members members) throws JsonException {
            server = members.text("server");
            Object keys = members.value("rootKeys");
            roots = keys == null || keys == Json.NULL ? List.of() : RootKey.listFromJson(keys);
        }

        /** Null where nothing was pinned. */
        static Pinned read(Disk disk) throws StateException {
            return disk.read(StateFile.ROOTS, Pinned::new);
        }
    }

    /** What the settings give, and what was pinned where they leave something out. */
    static Vendor of(Settings settings, Disk disk) throws SettingsException, StateException {
        ServerUrl server = ServerUrl.parse(settings.server, settings.plainHttp);
        Pinned pinned = Pinned.read(disk);
        if (pinned == null) {
            return new Vendor(server, settings.rootKeys);
        }
        return new Vendor(server != null ? server : ServerUrl.parse(pinned.server, settings.plainHttp),
                settings.rootKeys.isEmpty() ? pinned.roots : settings.rootKeys);
    }

    /** Remembers it. */
    void pin(Disk disk) throws StateException {
        Pinned pinned = Pinned.read(disk);
        if (pinned != null && pinned.server.equals(url()) && pinned.roots.equals(roots)) {
            return;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("format", StateFile.FORMAT);
        if (server != null) {
            members.put("server", url());
        }
        members.put("rootKeys", roots.stream().map(RootKey::toJson).collect(Collectors.toList()));
        disk.write(StateFile.ROOTS, members);
    }

    /** Says what is missing for calls: without it an answer would be worth nothing. */
    Vendor callable() throws SettingsException {
        if (server == null) {
            throw new SettingsException("There is no license server: give its URL.");
        }
        if (roots.isEmpty()) {
            throw new SettingsException(
                    "There are no root keys: without them nothing that the license server says can be believed.");
        }
        return this;
    }

    /** Empty where none was given or pinned. */
    String url() {
        return server == null ? "" : server.toString();
    }
}
