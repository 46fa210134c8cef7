package io.partita.broker.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Brokers 1 to 3 of one cluster as a user starts them, over an etcd of their own: {@code etcd} of the PATH, as Debian's package etcd-server has it. */
final class ThreeBrokers implements AutoCloseable {
    private final Process etcd;
    private final Map<Integer, BrokerProcess> brokers = new TreeMap<>();

    ThreeBrokers(Map<String, String> settings) {
        try (var clients = new ServerSocket(0, 1, InetAddress.getLoopbackAddress()); var peers = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = clients.getLocalPort();
            var address = "http://127.0.0.1:" + port;
            var peer = "http://127.0.0.1:" + peers.getLocalPort();
            clients.close();
            peers.close();
            Path folder = Repository.newFolder("etcd");
            etcd = new ProcessBuilder("etcd", "--data-dir", folder.resolve("data").toString(), "--listen-client-urls", address, "--advertise-client-urls",
                    address,
                    "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer, "--unsafe-no-fsync")
                    .redirectErrorStream(true).redirectOutput(folder.resolve("etcd.log").toFile()).start();
            Await.until("etcd listens", () -> isOpen(port));
            for (int id = 1; id <= 3; id++) {
                var words = List.of("--node-id", Integer.toString(id), "--store", "etcd://127.0.0.1:" + port);
                brokers.put(id, BrokerProcess.start(new BrokerProcess.Partita(words), settings));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOpen(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    BrokerProcess broker(int id) {
        return brokers.get(id);
    }

    String bootstrap() {
        return brokers.values().stream().map(BrokerProcess::bootstrap).collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        brokers.values().forEach(BrokerProcess::close);
        etcd.destroyForcibly();
    }
}
