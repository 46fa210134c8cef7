package io.partita.broker.link;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts what goes over the connections between brokers. Any thread. */
final class LinkMeter {

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger outstanding = new AtomicInteger();
    final AtomicInteger unsent = new AtomicInteger();
    final LongAdder recordBytesSent = new LongAdder();
    final LongAdder recordBytesReceived = new LongAdder();
    final LongAdder suspicions = new LongAdder();
    final LongAdder breaks = new LongAdder();

    LinkMetrics metrics() {
        return new LinkMetrics(connections.get(), accepted.get(), outstanding.get(), unsent.get(), recordBytesSent.sum(), recordBytesReceived.sum(),
                breaks.sum(), suspicions.sum());
    }
}
