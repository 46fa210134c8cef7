package io.partita.broker.kubernetes;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way to a server. It can be closed: connections break and new ones are refused, as when the server is gone. It can swallow what comes: connections stay open and nothing
 * passes, as behind a router that has forgotten them, or with a server that hangs. It can break off: connections end once something was asked on them.
 */
final class Road implements Closeable {

    /** What an API server says in a watch that wants to go on from too long ago. */
    private static final String EXPIRED = """
            {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","message":"too old resource version","code":410}}""";
    /** From RFC 6455. */
    private static final String WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final Pattern WATCH = Pattern.compile("^GET \\S*[?&]resourceVersion=(\\d+)\\S*[?&]watch=true");

    private final int target;
    private final Set<Trip> open = ConcurrentHashMap.newKeySet();
    private final int port;
    private ServerSocket listening;
    private volatile boolean swallowsNew;
    /** What happened before this version is forgotten. */
    private volatile long oldest;
    private volatile boolean breaksOff;

    /** A connection over the road. */
    private static final class Trip {
        private final Socket in;
        private Socket out;
        private volatile boolean swallowed;

        private Trip(Socket in) {
            this.in = in;
        }

        private void end() throws IOException {
            in.close();
            if (out != null) {
                out.close();
            }
        }
    }

    Road(int target) throws IOException {
        this.target = target;
        this.listening = listen(0);
        this.port = listening.getLocalPort();
    }

    int port() {
        return port;
    }

    private ServerSocket listen(int wanted) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
        Thread.startVirtualThread(() -> accept(socket));
        return socket;
    }

    private void accept(ServerSocket socket) {
        try {
            while (true) {
                Trip trip = new Trip(socket.accept());
                open.add(trip);
                // Only now: whoever closes the road, or has it swallow, looks at those that are open after he has said so.
                if (swallowsNew) {
                    trip.swallowed = true;
                }
                if (socket.isClosed()) {
                    trip.end();
                }
                Thread.startVirtualThread(() -> begin(trip));
            }
        } catch (IOException closed) {
            // The road is closed.
        }
    }

    private void begin(Trip trip) {
        try {
            byte[] head = new byte[16_384];
            int length = Math.max(0, trip.in.getInputStream().read(head));
            if (breaksOff) {
                open.remove(trip);
                trip.end();
                return;
            }
            String request = new String(head, 0, length, StandardCharsets.ISO_8859_1);
            Matcher watch = WATCH.matcher(request);
            if (watch.find() && Long.parseLong(watch.group(1)) < oldest) {
                expire(request, trip.in.getOutputStream());
                return;
            }
            trip.out = new Socket(InetAddress.getLoopbackAddress(), target);
            if (!trip.swallowed) {
                trip.out.getOutputStream().write(head, 0, length);
            }
            Thread.startVirtualThread(() -> copy(trip, trip.in, trip.out));
            copy(trip, trip.out, trip.in);
        } catch (IOException broken) {
            open.remove(trip);
        }
    }

    /** Accepts the websocket of a watch, and says there that it has to begin anew. */
    private static void expire(String request, OutputStream out) throws IOException {
        String key = request.lines().filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:")).findFirst().orElseThrow().split(": ?")[1];
        String accept = Base64.getEncoder().encodeToString(sha1((key + WEBSOCKET).getBytes(StandardCharsets.ISO_8859_1)));
        out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        byte[] event = EXPIRED.getBytes(StandardCharsets.UTF_8);
        out.write(new byte[] {(byte) 0x81, 126, (byte) (event.length >> 8), (byte) event.length});
        out.write(event);
    }

    private static byte[] sha1(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void copy(Trip trip, Socket from, Socket to) {
        byte[] buffer = new byte[16_384];
        try (from; to; InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                if (!trip.swallowed) {
                    out.write(buffer, 0, length);
                }
            }
        } catch (IOException broken) {
            // Closed by one of the two, or with the road.
        } finally {
            open.remove(trip);
        }
    }

    /** Connections that are open stay so, and nothing passes on them any more. New ones are as ever. */
    void swallowOld() {
        open.forEach(trip -> trip.swallowed = true);
    }

    /** Nothing passes any more, on old connections and new ones. */
    void swallowAll() {
        swallowsNew = true;
        swallowOld();
    }

    /** Every connection ends once something is asked on it. */
    void breakOff() throws IOException {
        breaksOff = true;
        endAll();
    }

    @Override
    public void close() throws IOException {
        listening.close();
        endAll();
    }

    private void endAll() throws IOException {
        for (Trip trip : open) {
            trip.end();
        }
    }

    /** Opens it again; watches that have seen nothing since an earlier version than this are told that it is too old to go on from. */
    void reopenFrom(String version) throws IOException {
        oldest = Long.parseLong(version);
        reopen();
    }

    /** Opens it again. */
    void reopen() throws IOException {
        breaksOff = false;
        if (listening.isClosed()) {
            listening = listen(port);
        }
    }
}
