package io.partita.broker.etcd;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a cluster's objects are in etcd, as settings say it: {@code etcd://host:port[,host:port…][/cluster]}, {@code etcds://…} for TLS.
 *
 * @param members where etcd listens for clients, any of them may be asked
 * @param cluster name of the cluster, so that several can share an etcd
 */
record EtcdAddress(List<URI> members, String cluster) {

    static final String SCHEME = "etcd";
    private static final String TLS_SCHEME = "etcds";
    private static final int PORT = 2379;
    private static final String CLUSTER = "partita";

    /** Whether an address is one of etcd. */
    static boolean isOne(String address) {
        return address.startsWith(SCHEME + "://") || address.startsWith(TLS_SCHEME + "://");
    }

    /** @throws IllegalArgumentException when it cannot be understood; the message says what to write */
    static EtcdAddress parse(String address) {
        String scheme = address.startsWith(TLS_SCHEME + "://") ? TLS_SCHEME : SCHEME;
        String rest = address.substring(Math.min(address.length(), scheme.length() + 3));
        int slash = rest.indexOf('/');
        String cluster = slash < 0 || slash == rest.length() - 1 ? CLUSTER : rest.substring(slash + 1);
        List<URI> members = new ArrayList<>();
        for (String member : (slash < 0 ? rest : rest.substring(0, slash)).split(",", -1)) {
            members.add(member(scheme.equals(TLS_SCHEME) ? "https" : "http", member.trim(), address));
        }
        boolean isPlain = cluster.chars()
                .allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.');
        if (!isOne(address) || !isPlain) {
            throw unreadable(address);
        }
        return new EtcdAddress(List.copyOf(members), cluster);
    }

    private static URI member(String scheme, String member, String address) {
        try {
            URI uri = new URI(scheme + "://" + member);
            if (uri.getHost() == null) {
                throw unreadable(address);
            }
            return new URI(scheme, null, uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort(), null, null, null);
        } catch (URISyntaxException e) {
            throw unreadable(address);
        }
    }

    private static IllegalArgumentException unreadable(String address) {
        return new IllegalArgumentException(
                "Cannot read the address " + address + ": write etcd://host:port, several hosts separated by commas, and /NAME behind"
                        + " them where several clusters share an etcd. NAME has letters, digits, '-', '_' and '.'.");
    }

    /** Whether it is spoken to by TLS. */
    boolean isEncrypted() {
        return members.getFirst().getScheme().equals("https");
    }

    /** What the keys of the cluster's objects begin with. */
    String prefix() {
        return "/partita/" + cluster + "/";
    }
}
