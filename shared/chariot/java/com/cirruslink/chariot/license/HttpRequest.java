package com.cirruslink.chariot.license;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A request to a license server. Its body may hold a license key. */
final class HttpRequest {
    static final String USER_AGENT = "chariot-license-client/1";

    final String method;
    /** Below the path of the server's URL. */
    final String path;
    /** Null where there is none. */
    final byte[] body;

    private HttpRequest(String method, String path, byte[] body) {
        this.method = method;
        this.path = path;
        this.body = body;
    }

    static HttpRequest get(String path) {
        return new HttpRequest("GET", path, null);
    }

    static HttpRequest post(String path, String json) {
        return new HttpRequest("POST", path, json.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The bytes of the request: the connection ends with its answer.
     *
     * @param target as the request line has it
     * @param more further headers, each with its line break
     */
    byte[] bytes(String target, HostPort host, String more) {
        String head = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: " + USER_AGENT + "\r\n"
                + "Accept: application/json, application/problem+json\r\nConnection: close\r\n" + more;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        if (body == null) {
            bytes.writeBytes(new byte[] {'\r', '\n'});
        } else {
            String about = "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n";
            bytes.writeBytes(about.getBytes(StandardCharsets.US_ASCII));
            bytes.writeBytes(body);
        }
        return bytes.toByteArray();
    }
}
