package io.partita.broker.etcd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An etcd of one member for a test, a process of its own: {@code etcd} of the PATH, as Debian's package etcd-server has it. */
final class EtcdServer implements AutoCloseable {

    private final Path directory;
    private final String host;
    private final int port;
    private final int peerPort;
    private Process process;

    private final List<String> options;

    private EtcdServer(Path directory, String host, int port, int peerPort, List<String> options) {
        this.options = options;
        this.directory = directory;
        this.host = host;
        this.port = port;
        this.peerPort = peerPort;
    }

    /** Starts one with its data below a directory. */
    static EtcdServer start(Path directory) throws IOException {
        return start(directory, "127.0.0.1", List.of());
    }

    /** @param options beside those that all have here; with {@code --cert-file} it speaks TLS to clients */
    static EtcdServer start(Path directory, List<String> options) throws IOException {
        return start(directory, "127.0.0.1", options);
    }

    /** @param host an address of this machine, to listen on */
    static EtcdServer start(Path directory, String host, List<String> options) throws IOException {
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getByName(host));
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName(host))) {
            EtcdServer server = new EtcdServer(directory, host, one.getLocalPort(), other.getLocalPort(), options);
            one.close();
            other.close();
            server.run();
            return server;
        }
    }

    /** Starts it again, with the data it had. */
    void run() throws IOException {
        String clients = (isEncrypted() ? "https" : "http") + "://" + host + ":" + port;
        String peers = "http://" + host + ":" + peerPort;
        List<String> command = new ArrayList<>(
                List.of("etcd", "--data-dir", directory.resolve("etcd").toString(), "--listen-client-urls", clients, "--advertise-client-urls",
                        clients,
                        "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", "default=" + peers, "--unsafe-no-fsync"));
        command.addAll(options);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true).redirectOutput(directory.resolve("etcd.log").toFile()).start();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (System.nanoTime() < until && process.isAlive()) {
            if (Files.readString(directory.resolve("etcd.log")).contains("ready to serve client requests") && isOpen()) {
                return;
            }
            Thread.onSpinWait();
        }
        String log = Files.readString(directory.resolve("etcd.log"));
        kill();
        throw new IOException("etcd does not start:\n" + log);
    }

    private boolean isOpen() {
        try (Socket socket = new Socket(host, port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    String address() {
        return (isEncrypted() ? "etcds" : "etcd") + "://" + host + ":" + port;
    }

    private boolean isEncrypted() {
        return options.contains("--cert-file");
    }

    /** As kill -9. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }

    @Override
    public void close() {
        kill();
    }
}
