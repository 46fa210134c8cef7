package io.partita.broker.etcd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of hosts on this machine, one for each broker and one for this process, with a switch between them, in network namespaces (iproute2). What is cut is lost without
 * anybody being told, in one direction or both. Needs root.
 */
final class CuttableNetwork implements AutoCloseable {

    /** Where nobody is: what is sent there the switch gives to everybody, and nobody takes it. */
    private static final String NOBODY = "02:00:00:00:00:01";
    private static final int OWN = 254;

    private final String name = "pt" + ProcessHandle.current().pid();
    private final String net = "10.213." + ProcessHandle.current().pid() % 250 + ".";
    private final List<String> namespaces = new ArrayList<>();
    private final List<List<String>> mendings = new ArrayList<>();

    /** Makes a network of hosts 1 to {@code hosts}. */
    CuttableNetwork(int hosts) throws IOException, InterruptedException {
        try {
            add(name + "hub");
            ip("-n", name + "hub", "link", "add", "switch", "type", "bridge");
            ip("-n", name + "hub", "link", "set", "switch", "up");
            for (int host = 1; host <= hosts; host++) {
                add(name + "h" + host);
                ip("-n", name + "hub", "link", "add", "port" + host, "type", "veth", "peer", "name", "eth0", "netns", name + "h" + host);
                ip("-n", name + "h" + host, "address", "add", host(host) + "/24", "dev", "eth0");
                ip("-n", name + "h" + host, "link", "set", "eth0", "up");
                ip("-n", name + "h" + host, "link", "set", "lo", "up");
                plug(host);
            }
            ip("link", "add", name, "type", "veth", "peer", "name", "port" + OWN, "netns", name + "hub");
            ip("address", "add", host(OWN) + "/24", "dev", name);
            ip("link", "set", name, "up");
            plug(OWN);
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void add(String namespace) throws IOException, InterruptedException {
        ip("netns", "add", namespace);
        namespaces.add(namespace);
    }

    private void plug(int host) throws IOException, InterruptedException {
        ip("-n", name + "hub", "link", "set", "port" + host, "master", "switch");
        ip("-n", name + "hub", "link", "set", "port" + host, "up");
    }

    private static void ip(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said.strip() + ". Network namespaces need root, and the package iproute2.");
        }
    }

    /** The address of this process. */
    String host() {
        return host(OWN);
    }

    /** The address of a host. */
    String host(int host) {
        return net + host;
    }

    /** What stands before a command that is to run on a host. */
    List<String> inside(int host) {
        return List.of("ip", "netns", "exec", name + "h" + host);
    }

    /** Has nothing arrive any more that one host sends to another. */
    void cut(int from, int to) throws IOException, InterruptedException {
        ip("-n", name + "h" + from, "neigh", "replace", host(to), "lladdr", NOBODY, "dev", "eth0", "nud", "permanent");
        mendings.add(List.of("-n", name + "h" + from, "neigh", "del", host(to), "dev", "eth0"));
    }

    /** Takes a host off the network. */
    void cutOff(int host) throws IOException, InterruptedException {
        ip("-n", name + "hub", "link", "set", "port" + host, "nomaster");
        mendings.add(List.of("-n", name + "hub", "link", "set", "port" + host, "master", "switch"));
    }

    /** Puts everything right that was cut. */
    void mend() throws IOException, InterruptedException {
        for (List<String> mending : mendings) {
            ip(mending.toArray(String[]::new));
        }
        mendings.clear();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (String namespace : namespaces) {
            ip("netns", "del", namespace);
        }
        namespaces.clear();
    }
}
