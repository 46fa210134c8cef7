package io.partita.broker.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.partita.broker.Broker;
import io.partita.broker.group.ListedGroup;
import io.partita.broker.group.classic.GroupState;
import io.partita.broker.group.consumer.ConsumerGroupState;
import io.partita.broker.kubernetes.KubernetesMetadataStore;
import io.partita.broker.link.LinkMetrics;
import io.partita.broker.transaction.TransactionCounts;
import io.partita.broker.transaction.TransactionState;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/** Figures of the broker as a whole: connections, groups and transactional ids by state, transactions. */
@Singleton
class BrokerMetrics {

    /** Groups and ages are taken on the event loops that own them, every so often; whoever scrapes gets the last ones. */
    private static final long COUNT_MILLIS = TimeUnit.SECONDS.toMillis(2);

    private static final Set<TransactionState> UNDER_WAY = EnumSet.of(TransactionState.ONGOING, TransactionState.PREPARE_COMMIT,
            TransactionState.PREPARE_ABORT);

    private final BrokerLifecycle lifecycle;
    private final Vertx vertx;
    private final Map<String, AtomicInteger> groups = new HashMap<>();
    private final Map<TransactionState, AtomicLong> oldest = new EnumMap<>(TransactionState.class);

    BrokerMetrics(BrokerLifecycle lifecycle, Vertx vertx, MeterRegistry registry) {
        this.lifecycle = lifecycle;
        this.vertx = vertx;
        Gauge.builder("partita.connections", lifecycle, BrokerMetrics::connections).description("Client connections open").register(registry);
        Gauge.builder("partita.kubernetes.unreached.seconds", lifecycle, BrokerMetrics::unreachedSeconds)
                .description("Seconds since the API server of Kubernetes was last reached; not a number without Kubernetes, infinite before the first time")
                .register(registry);
        transactions(lifecycle, registry);
        replication(lifecycle, registry);
        for (String state : groupStates()) {
            AtomicInteger count = new AtomicInteger();
            groups.put(state, count);
            Gauge.builder("partita.groups", count, AtomicInteger::get)
                    .description("Groups coordinated by this broker")
                    .tag("state", state)
                    .register(registry);
        }
    }

    /** Those of groups of all protocols. */
    private static Set<String> groupStates() {
        Set<String> states = new TreeSet<>();
        for (GroupState state : GroupState.values()) {
            if (state != GroupState.DEAD) {
                states.add(state.displayName());
            }
        }
        for (ConsumerGroupState state : ConsumerGroupState.values()) {
            states.add(state.displayName());
        }
        return states;
    }

    private static void replication(BrokerLifecycle lifecycle, MeterRegistry registry) {
        Gauge.builder("partita.replication.connections", lifecycle, of -> replication(of, LinkMetrics::connections))
                .description("Connections to other brokers that are open").tag("made.by", "this").register(registry);
        Gauge.builder("partita.replication.connections", lifecycle, of -> replication(of, LinkMetrics::accepted))
                .description("Connections to other brokers that are open").tag("made.by", "others").register(registry);
        Gauge.builder("partita.replication.outstanding", lifecycle, of -> replication(of, LinkMetrics::outstanding))
                .description("Fetches and calls to other brokers that wait for their answer").register(registry);
        Gauge.builder("partita.replication.unsent", lifecycle, of -> replication(of, LinkMetrics::unsent))
                .description("Answers to followers that wait to be sent").register(registry);
        counter(lifecycle, registry, "partita.replication.sent.bytes", "Bytes of records sent to followers", LinkMetrics::recordBytesSent);
        counter(lifecycle, registry, "partita.replication.received.bytes", "Bytes of records received from leaders", LinkMetrics::recordBytesReceived);
        counter(lifecycle, registry, "partita.replication.breaks", "Connections to other brokers that broke", LinkMetrics::breaks);
        counter(lifecycle, registry, "partita.replication.suspicions", "How often another broker was taken for gone", LinkMetrics::suspicions);
    }

    private static void counter(BrokerLifecycle lifecycle, MeterRegistry registry, String name, String description, ToDoubleFunction<LinkMetrics> count) {
        FunctionCounter.builder(name, lifecycle, of -> replication(of, count)).description(description).register(registry);
    }

    private static double replication(BrokerLifecycle lifecycle, ToDoubleFunction<LinkMetrics> figure) {
        return lifecycle.broker().map(broker -> figure.applyAsDouble(broker.replication())).orElse(0.0);
    }

    private void transactions(BrokerLifecycle lifecycle, MeterRegistry registry) {
        for (TransactionState state : TransactionState.values()) {
            if (state != TransactionState.DEAD && state != TransactionState.PREPARE_EPOCH_FENCE) {
                Gauge.builder("partita.transactional.ids", lifecycle, of -> counts(of, counts -> counts.ids(state)))
                        .description("Transactional ids coordinated by this broker")
                        .tag("state", state.displayName())
                        .register(registry);
            }
        }
        ended(lifecycle, registry, "committed", TransactionCounts::committed, TransactionCounts::committedMillis);
        ended(lifecycle, registry, "aborted", TransactionCounts::aborted, TransactionCounts::abortedMillis);
        for (TransactionState state : UNDER_WAY) {
            AtomicLong age = new AtomicLong();
            oldest.put(state, age);
            Gauge.builder("partita.transactions.oldest.age", age, millis -> millis.get() / 1_000.0)
                    .description("Seconds since the oldest transaction in this state began; readers of committed records wait for it")
                    .baseUnit("seconds")
                    .tag("state", state.displayName())
                    .register(registry);
        }
        FunctionCounter.builder("partita.transactions.timed.out", lifecycle, of -> counts(of, TransactionCounts::timedOut))
                .description("Transactions aborted because they took longer than their timeout")
                .register(registry);
    }

    private static void ended(BrokerLifecycle lifecycle, MeterRegistry registry, String how, ToDoubleFunction<TransactionCounts> count,
            ToDoubleFunction<TransactionCounts> millis) {
        FunctionCounter.builder("partita.transactions.duration", lifecycle, of -> counts(of, millis) / 1_000.0)
                .description("Seconds that the transactions that ended took in sum, from their first partition to their last marker")
                .baseUnit("seconds")
                .tag("outcome", how)
                .register(registry);
        FunctionCounter.builder("partita.transactions.ended", lifecycle, of -> counts(of, count))
                .description("Transactions that ended, coordinated by this broker")
                .tag("outcome", how)
                .register(registry);
    }

    private static double counts(BrokerLifecycle lifecycle, ToDoubleFunction<TransactionCounts> count) {
        return lifecycle.broker().map(broker -> count.applyAsDouble(broker.transactions().counts())).orElse(0.0);
    }

    private static double connections(BrokerLifecycle lifecycle) {
        return lifecycle.broker().map(Broker::connectionCount).orElse(0);
    }

    private static double unreachedSeconds(BrokerLifecycle lifecycle) {
        return lifecycle.broker()
                .filter(broker -> broker.metadata() instanceof KubernetesMetadataStore)
                .map(broker -> ((KubernetesMetadataStore) broker.metadata()).unreached().map(age -> age.toMillis() / 1_000.0).orElse(Double.POSITIVE_INFINITY))
                .orElse(Double.NaN);
    }

    void onStart(@Observes StartupEvent event) {
        vertx.setPeriodic(COUNT_MILLIS, timer -> lifecycle.broker().ifPresent(this::count));
    }

    private void count(Broker broker) {
        oldest.forEach((state, age) -> broker.transactions().oldestAge(state, age::set));
        broker.groups().listGroups(result -> {
            Map<String, Integer> counts = new HashMap<>();
            for (ListedGroup group : result.groups()) {
                counts.merge(group.state(), 1, Integer::sum);
            }
            groups.forEach((state, count) -> count.set(counts.getOrDefault(state, 0)));
        });
    }
}
