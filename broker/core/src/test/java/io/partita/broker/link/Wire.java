package io.partita.broker.link;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;

/** What lies between two brokers: passes bytes on, in pieces of its own, and does to them what networks do. */
public final class Wire implements Closeable {

    private static final int PIECE_BYTES = 64 * 1024;

    private final IntSupplier target;
    private final Object gate = new Object();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final int port;
    /** Bound and never listening, so that the port is nobody else's while the wire takes no connections. */
    private final Socket keeper = new Socket();
    private volatile ServerSocket server;
    private volatile int pieceBytes = PIECE_BYTES;
    private boolean heldTo;
    private boolean heldBack;
    private volatile int accepted;

    Wire(int target) throws IOException {
        this(() -> target);
    }

    /** @param target gives the port that is connected to whenever somebody comes */
    public Wire(IntSupplier target) throws IOException {
        this.target = target;
        keeper.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        keeper.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.port = keeper.getLocalPort();
        listenAgain();
    }

    public int port() {
        return port;
    }

    /** How many connections came. */
    int accepted() {
        return accepted;
    }

    private void accept(ServerSocket from) {
        start(() -> {
            while (true) {
                Socket near = from.accept();
                accepted++;
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target.getAsInt());
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                sockets.add(near);
                sockets.add(far);
                start(() -> pass(near, far, true));
                start(() -> pass(far, near, false));
            }
        });
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Task task) {
        Thread.ofVirtual().start(() -> {
            try {
                task.run();
            } catch (IOException | InterruptedException ended) {
                // The sockets were closed.
            }
        });
    }

    private void pass(Socket from, Socket to, boolean there) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE_BYTES];
        Random random = new Random(1);
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            while (true) {
                int max = pieceBytes;
                int count = in.read(piece, 0, max == PIECE_BYTES ? max : 1 + random.nextInt(max));
                if (count < 0) {
                    return;
                }
                synchronized (gate) {
                    while (there ? heldTo : heldBack) {
                        gate.wait();
                    }
                }
                out.write(piece, 0, count);
            }
        }
    }

    /** Passes on so many bytes at a time, at most. */
    void tear(int bytes) {
        pieceBytes = bytes;
    }

    /** Lets nothing through that goes to the target, and nothing that comes back, or lets it through again. */
    void hold(boolean to, boolean back) {
        synchronized (gate) {
            heldTo = to;
            heldBack = back;
            gate.notifyAll();
        }
    }

    /** Resets all connections. */
    public void reset() throws IOException {
        for (Socket socket : sockets) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (SocketException closed) {
                // Its other half has ended already.
            }
        }
        sockets.clear();
    }

    /** Takes no connections any more. */
    void stopListening() throws IOException {
        server.close();
    }

    /** Takes connections again. */
    void listenAgain() throws IOException {
        ServerSocket again = new ServerSocket();
        again.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        server = again;
        accept(again);
    }

    @Override
    public void close() throws IOException {
        stopListening();
        reset();
        hold(false, false);
        keeper.close();
    }
}
