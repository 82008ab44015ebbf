package com.cirruslink.chariot.license;

import java.nio.charset.StandardCharsets;

/** A request to a license server. Its body may hold a license key. */
final class HttpRequest {
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
        String head = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: chariot-license-client/1\r\n"
                + "Accept: application/json, application/problem+json\r\nConnection: close\r\n" + more
                + (body == null ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n") + "\r\n";
        byte[] ascii = head.getBytes(StandardCharsets.US_ASCII);
        if (body == null) {
            return ascii;
        }
        byte[] bytes = new byte[ascii.length + body.length];
        System.arraycopy(ascii, 0, bytes, 0, ascii.length);
        System.arraycopy(body, 0, bytes, ascii.length, body.length);
        return bytes;
    }
}
