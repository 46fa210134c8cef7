package io.partita.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** In place of kube-proxy: a port of a node that leads to a port of a pod. */
final class NodePort implements AutoCloseable {

    private final ServerSocket listening;

    NodePort(String node, int port, String pod, int target) {
        try {
            listening = new ServerSocket(port, 50, InetAddress.getByName(node));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(() -> {
            while (!listening.isClosed()) {
                try {
                    Socket in = listening.accept();
                    Thread.startVirtualThread(() -> connect(in, pod, target));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    private static void connect(Socket in, String pod, int target) {
        try (in; Socket out = new Socket(pod, target)) {
            Thread back = Thread.startVirtualThread(() -> copy(out, in));
            copy(in, out);
            back.join();
        } catch (IOException notReady) {
            // As with a service whose pod does not listen.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void copy(Socket from, Socket to) {
        try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException closed) {
            // By one of the two.
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
