package io.partita.broker.link;

import io.partita.broker.api.ApiRegistry;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Workers;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.net.BrokerTls;
import io.partita.broker.net.NettyEventLoops;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What the connections of a broker to the others need of the rest of it.
 *
 * @param clusterId the cluster it belongs to
 * @param process this run of it; gives {@code null} until that is known
 * @param image where the other brokers are
 * @param followed where followers' fetches are answered
 * @param registry by which other brokers' calls are answered; once connections are accepted
 * @param suspect told that a broker is heard of no more, or cannot be reached; any thread
 * @param trust told that a broker is heard of again of which it was told the other thing; any thread
 * @param tls the encryption, {@code null} for none
 * @param strangers whether something about a connection from nobody knows whom may be written to the log
 */
record LinkContext(
        LinkOptions options,
        NettyEventLoops loops,
        Workers workers,
        Clock clock,
        String clusterId,
        Supplier<BrokerProcess> process,
        Supplier<ClusterImage> image,
        Followed followed,
        Supplier<ApiRegistry> registry,
        IntConsumer suspect,
        IntConsumer trust,
        LinkMeter meter,
        BrokerTls tls,
        FewLines strangers) {

    /** What this broker says to one of the others, {@code null} while it does not know who it is. */
    Hello hello(int addressee) {
        BrokerProcess self = process.get();
        return self == null ? null : new Hello(Hello.VERSION, clusterId, self, addressee);
    }
}
