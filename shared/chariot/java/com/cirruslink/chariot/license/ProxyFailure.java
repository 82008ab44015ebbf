package com.cirruslink.chariot.license;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** The proxy cannot be had, or lets nothing through. */
final class ProxyFailure extends IOException {
    private static final long serialVersionUID = 1;

    /** What it answers with; 0 where it does not answer. */
    final int status;
    /** The ways to log in that it offers. */
    final transient List<String> schemes;

    /** It does not answer. */
    ProxyFailure(IOException cause) {
        super("the proxy cannot be had", cause);
        status = 0;
        schemes = List.of();
    }

    /** It refuses. */
    ProxyFailure(HttpReply reply) {
        super("the proxy answers with status " + reply.status());
        status = reply.status();
        schemes = reply.headers("proxy-authenticate").stream()
                .map(challenge -> Text.printable(challenge.split(" ", 2)[0], 20)).collect(Collectors.toList());
    }

    /** Whether it takes a login of the one kind that we have. */
    boolean takesBasic() {
        return schemes.isEmpty() || schemes.stream().anyMatch("Basic"::equalsIgnoreCase);
    }
}
