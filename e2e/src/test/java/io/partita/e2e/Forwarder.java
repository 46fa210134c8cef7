package io.partita.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A port that leads to another one: that of a node to a pod, as kube-proxy makes it, or the way to a server, which can be cut and mended. */
final class Forwarder implements AutoCloseable {

    private final String targetHost;
    private final int targetPort;
    private final InetSocketAddress address;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private ServerSocket listening;

    /** @param port 0 for any free one */
    Forwarder(String host, int port, String targetHost, int targetPort) {
        this.targetHost = targetHost;
        this.targetPort = targetPort;
        try {
            listening = listen(new InetSocketAddress(InetAddress.getByName(host), port));
            address = (InetSocketAddress) listening.getLocalSocketAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return address.getPort();
    }

    private ServerSocket listen(InetSocketAddress wanted) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(wanted);
        Thread.startVirtualThread(() -> accept(socket));
        return socket;
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket in = socket.accept();
                open.add(in);
                Thread.startVirtualThread(() -> connect(in));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket in) {
        try (in; Socket out = new Socket(targetHost, targetPort)) {
            open.add(out);
            Thread back = Thread.startVirtualThread(() -> copy(out, in));
            copy(in, out);
            back.join();
            open.remove(out);
        } catch (IOException notReady) {
            // As with a service whose pod does not listen.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(in);
        }
    }

    private static void copy(Socket from, Socket to) {
        try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException closed) {
            // By one of the two, or with the way.
        }
    }

    /** Breaks all connections and refuses new ones. */
    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens it again after {@link #close}. */
    void reopen() {
        try {
            listening = listen(address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
