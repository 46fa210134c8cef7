package io.partita.broker;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ListenerConfig;
import io.partita.broker.env.MemoryBudget;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.net.ConnectionInfo;
import io.partita.broker.net.KafkaListener;
import io.partita.broker.net.ListenerSecurity;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.net.Network;
import io.partita.broker.net.NetworkBounds;
import io.partita.broker.net.SocketOptions;
import io.partita.broker.quota.Quotas;
import io.partita.broker.security.Authorizer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets of a broker: one {@link KafkaListener} for each listener of its settings, on every address of the listener's host. */
final class Listeners {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final BrokerConfig config;
    private final NettyEventLoops loops;
    private final ApiRegistry registry;
    private final BrokerOptions options;
    private final Network network;
    private final ListenerGuards guards;
    private final List<KafkaListener> listeners = new ArrayList<>();
    private final List<BrokerImage.Endpoint> advertised = new ArrayList<>();
    private final Map<String, ListenerSecurity> security = new HashMap<>();

    Listeners(BrokerConfig config, NettyEventLoops loops, ApiRegistry registry, BrokerOptions options, MemoryBudget memory, int descriptors,
            Authorizer authorizer, Quotas quotas, ListenerGuards guards) {
        this.guards = guards;
        this.config = config;
        this.loops = loops;
        this.registry = registry;
        this.options = options;
        this.network = new Network(bounds(descriptors), memory, options.clock(), authorizer, quotas);
    }

    /** Takes the ports, so that they are known. Connections wait until {@link #open}. */
    void bind() {
        SocketOptions sockets = sockets(config);
        for (ListenerConfig listener : config.listeners()) {
            ListenerSecurity asked = guards.of(listener.name());
            security.put(listener.name(), asked);
            KafkaListener kafkaListener = new KafkaListener(listener.name(), asked, loops, sockets, network, registry,
                    options.observer());
            listeners.add(kafkaListener);
            int port = bindAll(kafkaListener::bind, listener);
            advertised.add(advertise(listener, port, told(listener)));
        }
    }

    static SocketOptions sockets(BrokerConfig config) {
        return new SocketOptions(
                config.intValue("socket.listen.backlog.size"),
                config.intValue("socket.send.buffer.bytes"),
                config.intValue("socket.receive.buffer.bytes"));
    }

    /** Begins to serve connections. */
    void open() {
        for (KafkaListener listener : listeners) {
            listener.open();
        }
        guards.start(loops.next());
    }

    /** Listens on all addresses of a host: {@code localhost} is 127.0.0.1 for some clients and ::1 for others. Returns the port, the same for all. */
    static int bindAll(BiFunction<InetAddress, Integer, CompletableFuture<Integer>> bind, ListenerConfig listener) {
        List<InetAddress> addresses = addresses(listener);
        int port = listener.port();
        for (int i = 0; i < addresses.size(); i++) {
            try {
                port = bind.apply(addresses.get(i), port).join();
            } catch (CompletionException e) {
                if (i > 0) {
                    LOG.debug("Listener {} does without {}: {}", listener.name(), addresses.get(i), e.getCause().getMessage());
                    continue;
                }
                throw new BrokerStartException("Listener " + listener.name() + " cannot listen on port " + port + " of "
                        + (listener.host().isEmpty() ? "this machine" : listener.host()) + " (" + e.getCause().getMessage()
                        + "): stop what uses the port, or choose another (listeners, or --port on the command line).", e.getCause());
            }
        }
        return port;
    }

    private static List<InetAddress> addresses(ListenerConfig listener) {
        try {
            return List.of(InetAddress.getAllByName(listener.host().isEmpty() ? "0.0.0.0" : listener.host()));
        } catch (UnknownHostException e) {
            throw new BrokerStartException("The host " + listener.host() + " of listener " + listener.name()
                    + " is not known: give an address of this machine.", e);
        }
    }

    private ListenerConfig told(ListenerConfig listener) {
        for (ListenerConfig told : config.advertisedListeners()) {
            if (told.name().equals(listener.name())) {
                return told;
            }
        }
        return null;
    }

    /**
     * What to connect to.
     *
     * @param port the one that is listened on
     * @param told what is said of it instead, {@code null} for nothing
     */
    static BrokerImage.Endpoint advertise(ListenerConfig listener, int port, ListenerConfig told) {
        if (told != null) {
            return new BrokerImage.Endpoint(told.name(), told.host(), told.port() == 0 ? port : told.port());
        }
        return new BrokerImage.Endpoint(listener.name(), listener.isAnyHost() ? machineName() : listener.host(), port);
    }

    private static String machineName() {
        try {
            return InetAddress.getLocalHost().getCanonicalHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private NetworkBounds bounds(int descriptors) {
        int connections = config.intValue("max.connections");
        if (connections > descriptors) {
            LOG.warn("At most {} connections are served, not the {} of max.connections: the process may open too few files (ulimit -n)",
                    descriptors, connections);
        }
        return new NetworkBounds(
                config.intValue("socket.request.max.bytes"),
                Math.min(connections, descriptors),
                config.intValue("max.connections.per.ip"),
                config.intValue("connection.max.in.flight.requests"),
                config.intValue("connection.max.in.flight.bytes"),
                config.longValue("connections.max.idle.ms"),
                config.longValue("connection.stalled.request.ms"),
                config.longValue("connection.setup.ms"));
    }

    /** What clients are told to connect to, one for each listener, in the order of the settings. */
    List<BrokerImage.Endpoint> advertised() {
        return List.copyOf(advertised);
    }

    /** What the clients of a listener are asked for, {@code null} where there is no such listener. */
    ListenerSecurity security(String listener) {
        return security.get(listener);
    }

    ListenerGuards guards() {
        return guards;
    }

    /** Users have changed: connections of those that are there no more end. Any thread. */
    void review() {
        listeners.forEach(KafkaListener::review);
    }

    /** Looks at so many connections of each listener at most. */
    CompletableFuture<List<ConnectionInfo>> look(int max) {
        List<CompletableFuture<List<ConnectionInfo>>> looked = listeners.stream().map(listener -> listener.look(max)).toList();
        return CompletableFuture.allOf(looked.toArray(new CompletableFuture[0]))
                .thenApply(done -> looked.stream().flatMap(one -> one.join().stream()).toList());
    }

    int connectionCount() {
        return network.connectionCount();
    }

    void close() {
        for (KafkaListener listener : listeners) {
            listener.close().join();
        }
        guards.close();
    }
}
