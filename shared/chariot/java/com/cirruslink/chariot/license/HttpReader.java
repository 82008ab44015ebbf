package com.cirruslink.chariot.license;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads an answer of HTTP/1.1 from a connection that serves nothing after it. Source: RFC 9112. */
final class HttpReader {
    /** Far above what a status line and the headers have, in bytes. */
    private static final int MAX_HEAD = 64 << 10;
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9]{2})( .*)?");
    private static final Pattern HEADER = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*");

    private final InputStream in;
    /** How many bytes the head may still have. */
    private int left = MAX_HEAD;
    private int status;
    private final Map<String, List<String>> headers = new HashMap<>();

    HttpReader(InputStream in) {
        this.in = in;
    }

    /** Reads an answer; of a body that is too long, one byte more than {@link HttpReply#MAX_BODY}. */
    HttpReply reply() throws IOException {
        do {
            readHead();
        } while (status < 200); // what comes first is provisional
        return new HttpReply(status, headers, body(HttpReply.MAX_BODY + 1));
    }

    /** Reads an answer after which the connection serves something else: it has no body. */
    HttpReply head() throws IOException {
        readHead();
        return new HttpReply(status, headers, new byte[0]);
    }

    private void readHead() throws IOException {
        Matcher start = STATUS_LINE.matcher(line());
        if (!start.matches()) {
            throw new ProtocolException("what answers there does not speak HTTP/1.1");
        }
        status = Integer.parseInt(start.group(1));
        headers.clear();
        List<String> last = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            Matcher header = HEADER.matcher(line);
            if (header.matches()) {
                last = headers.computeIfAbsent(header.group(1).toLowerCase(Locale.ROOT), name -> new ArrayList<>());
                last.add(header.group(2));
            } else if (Character.isWhitespace(line.charAt(0)) && !last.isEmpty()) {
                last.set(last.size() - 1, last.get(last.size() - 1) + " " + line.strip()); // it was folded
            } else {
                throw new ProtocolException("a header of the answer is none");
            }
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection was closed in the middle of the answer");
            }
            if (--left < 0) {
                throw new ProtocolException("the headers of the answer are far too long");
            }
            line.write(c);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private byte[] body(int most) throws IOException {
        if (status == 204 || status == 304) {
            return new byte[0];
        }
        if (headers.containsKey("transfer-encoding")) {
            return chunks(most);
        }
        if (!headers.containsKey("content-length")) {
            return in.readNBytes(most);
        }
        List<String> lengths = headers.get("content-length");
        String length = lengths.get(0);
        if (!length.matches("[0-9]{1,18}") || lengths.stream().anyMatch(other -> !other.equals(length))) {
            throw new ProtocolException("the length of the answer is none");
        }
        return exactly((int) Math.min(Long.parseLong(length), most));
    }

    private byte[] exactly(int length) throws IOException {
        byte[] data = in.readNBytes(length);
        if (data.length < length) {
            throw new EOFException("the connection was closed in the middle of the answer");
        }
        return data;
    }

    private byte[] chunks(int most) throws IOException {
        if (!headers.get("transfer-encoding").equals(List.of("chunked"))) {
            throw new ProtocolException("the answer is in a coding that nobody asked for");
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            body.write(exactly(Math.min(size, most - body.size())));
            if (body.size() == most) {
                return body.toByteArray();
            }
            if (!line().isEmpty()) {
                throw new ProtocolException("a part of the answer is longer than it says");
            }
        }
        return body.toByteArray(); // a trailer may follow: nobody reads it
    }

    private int chunkSize() throws IOException {
        left = MAX_HEAD; // for each chunk
        String size = line().split(";", 2)[0].strip();
        if (!size.matches("[0-9A-Fa-f]{1,15}")) {
            throw new ProtocolException("a part of the answer has no length");
        }
        return (int) Math.min(Long.parseLong(size, 16), Integer.MAX_VALUE);
    }
}
