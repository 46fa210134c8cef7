package io.partita.broker;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.ListenerConfig;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Workers;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.link.BrokerLink;
import io.partita.broker.link.LinkMetrics;
import io.partita.broker.link.LinkOptions;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.NettyEventLoops;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.replication.ReplicaFetch;
import io.partita.broker.replication.ReplicaFetchCallback;
import io.partita.broker.replication.ReplicaLink;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections between this broker and the others, and its listener for them; nothing where the broker is alone. */
final class ReplicationListener {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicationListener.class);

    /** What a frame has beside the batches in it. */
    private static final int FRAME_OVERHEAD_BYTES = 1024;

    private final BrokerConfig config;
    private final Partitions partitions;
    /** {@code null} where the broker is alone. */
    private final BrokerLink link;
    private final boolean isEncrypted;
    private BrokerImage.Endpoint endpoint;
    private int port;

    ReplicationListener(BrokerConfig config, MetadataStore store, String clusterId, Partitions partitions, NettyEventLoops loops, Workers workers,
            Clock clock, ListenerGuards guards) {
        this.config = config;
        this.partitions = partitions;
        boolean isAlone = store.states() == null;
        BrokerTls tls = isAlone ? null : guards.ofBrokers();
        this.link = isAlone
                ? null
                : new BrokerLink(options(config), loops, workers, clock, clusterId, store::process, store::image, this::fetch, store::suspect, store::trust,
                        tls);
        this.isEncrypted = tls != null;
    }

    private static LinkOptions options(BrokerConfig config) {
        int recordsMax = config.intValue("replica.fetch.max.bytes");
        // What no request may be larger than, no batch in a log is.
        long frameMax = (long) Math.max(recordsMax, config.intValue("socket.request.max.bytes")) + FRAME_OVERHEAD_BYTES;
        return new LinkOptions(recordsMax, config.intValue("replica.fetch.response.max.bytes"),
                (int) Math.min(frameMax, Integer.MAX_VALUE - FRAME_OVERHEAD_BYTES),
                Math.max(1, config.intValue("replication.session.timeout.ms") / LinkOptions.PINGS_MISSED_MAX), Listeners.sockets(config));
    }

    private void fetch(PartitionKey partition, ReplicaFetch fetch, int maxBytes, ReplicaFetchCallback callback) {
        PartitionLeader leader = partitions.find(partition.topicId(), partition.partition());
        if (leader == null) {
            callback.refused();
        } else {
            leader.replicaFetch(fetch, maxBytes, callback);
        }
    }

    /** The way to the leaders that are followed. */
    ReplicaLink link() {
        return link == null ? ReplicaLink.NONE : link;
    }

    /** The way to all others. */
    BrokerCalls calls() {
        return link == null ? BrokerCalls.NONE : link;
    }

    /** Takes the port, so that it is known. Connections wait until {@link #open}. */
    void bind() {
        if (link != null) {
            ListenerConfig listener = config.replicationListener();
            port = Listeners.bindAll(link::bind, listener);
            endpoint = Listeners.advertise(listener, port, config.advertisedReplicationListener());
            if (!isEncrypted && !OpenListeners.isLocal(listener)) {
                LOG.warn("The listener between brokers is open on {}, port {}: whoever reaches it and knows the cluster's id is taken for a broker, and nothing"
                        + " is encrypted (docs/SECURITY.md).", listener.isAnyHost() ? "every address of this machine" : listener.host(), port);
            }
        }
    }

    /** What the broker is told to others by: where clients connect to, and where they do. */
    List<BrokerImage.Endpoint> with(List<BrokerImage.Endpoint> ofClients) {
        if (endpoint == null) {
            return ofClients;
        }
        List<BrokerImage.Endpoint> all = new ArrayList<>(ofClients);
        all.add(endpoint);
        return all;
    }

    /** Begins to accept connections. @param served by which other brokers' requests are answered */
    void open(ApiRegistry served) {
        if (link != null) {
            link.open(served);
        }
    }

    /** What is listened on, 0 where nothing is. */
    int port() {
        return port;
    }

    LinkMetrics metrics() {
        return link == null ? LinkMetrics.NONE : link.metrics();
    }

    void close() {
        if (link != null) {
            link.close().join();
        }
    }
}
