package io.partita.broker;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.FileDisk;
import io.partita.broker.metadata.FileMetadataStore;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.net.RequestObserver;
import io.vertx.core.Vertx;

/**
 * What a {@link Broker} is made of, beside its settings. Immutable.
 *
 * @param disk where its data goes
 * @param vertx the Vert.x whose event loops it uses and leaves running when it stops, or null for one of its own
 * @param observer told of requests and connections, for metrics
 * @param metadata opens the store of topics and settings
 */
public record BrokerOptions(
        BrokerConfig config, Disk disk, Vertx vertx, Clock clock, Entropy entropy, RequestObserver observer, MetadataStore.Factory metadata) {

    /** A broker with these settings on the machine's files, with event loops of its own, that keeps its metadata in its data directory. */
    public static BrokerOptions of(BrokerConfig config) {
        return new BrokerOptions(config, new FileDisk(), null, Clock.SYSTEM, Entropy.system(), RequestObserver.NONE, FileMetadataStore::open);
    }

    public BrokerOptions withDisk(Disk disk) {
        return new BrokerOptions(config, disk, vertx, clock, entropy, observer, metadata);
    }

    public BrokerOptions withVertx(Vertx vertx) {
        return new BrokerOptions(config, disk, vertx, clock, entropy, observer, metadata);
    }

    public BrokerOptions withClock(Clock clock) {
        return new BrokerOptions(config, disk, vertx, clock, entropy, observer, metadata);
    }

    public BrokerOptions withRequestObserver(RequestObserver observer) {
        return new BrokerOptions(config, disk, vertx, clock, entropy, observer, metadata);
    }

    public BrokerOptions withMetadata(MetadataStore.Factory metadata) {
        return new BrokerOptions(config, disk, vertx, clock, entropy, observer, metadata);
    }
}
