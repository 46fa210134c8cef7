package io.partita.broker.config;

/**
 * The settings of a broker: those of Kafka's server.properties that mean something here, and a few of ours. Two spellings that differ in Kafka
 * only by unit or age ({@code log.retention.hours}, {@code broker.id}) are both taken.
 */
public final class BrokerSettings {

    public static final String NODE_ID = "node.id";
    public static final String METADATA_STORE = "metadata.store";
    public static final String METADATA_STORE_BEGIN = "metadata.store.begin";
    public static final String LISTENERS = "listeners";
    public static final String ADVERTISED_LISTENERS = "advertised.listeners";
    /** Name of the listener that other brokers come by. */
    public static final String REPLICATION = "REPLICATION";
    public static final String REPLICATION_LISTENER = "replication.listener";
    public static final String LEADER_REPLICATION_THROTTLED_RATE = "leader.replication.throttled.rate";
    public static final String FOLLOWER_REPLICATION_THROTTLED_RATE = "follower.replication.throttled.rate";
    public static final String REPLICATION_CERTIFICATE_NAMES = "replication.certificate.names";
    static final String NODE_ID_IN_NAMES = "{node.id}";
    public static final String REPLICATION_ADVERTISED_LISTENER = "replication.advertised.listener";
    public static final String LISTENER_SECURITY_PROTOCOL_MAP = "listener.security.protocol.map";

    private static final ConfigDefinitions DEFINITIONS = new ConfigDefinitions(
            BrokerDefinitions.IDENTITY,
            BrokerDefinitions.NETWORK,
            SecurityDefinitions.TLS,
            SecurityDefinitions.SASL,
            BrokerDefinitions.TOPICS,
            LogDefinitions.TOPIC_DEFAULTS,
            LogDefinitions.STORAGE,
            BrokerDefinitions.GROUPS,
            BrokerDefinitions.TRANSACTIONS,
            AccessDefinitions.ACCESS);

    /** Beginnings of Kafka's names that mean nothing here, each with the reason. */
    private static final String[][] WITHOUT_EFFECT = {
        {"zookeeper.", "there is no ZooKeeper here"},
        {"process.roles", "every broker is just a broker here"},
        {"controller.", "there is no controller quorum here"},
        {"metadata.", "topics are kept without a metadata log here"},
        {"initial.broker.registration.", "there is no controller quorum here"},
        {"broker.heartbeat.interval.ms", "there is no controller quorum here"},
        {"broker.session.timeout.ms", "there is no controller quorum here"},
        {"broker.id.generation.enable", "node.id is always given here"},
        {"reserved.broker.max.id", "node.id is always given here"},
        {"early.start.listeners", "there is no controller quorum here"},
        {"inter.broker.protocol.version", "all brokers of a cluster speak one version here"},
        {"log.message.format.version", "records are always stored in format v2"},
        {"log.message.downconversion.enable", "old clients are always served"},
        {"log.initial.task.delay.ms", "background work starts by itself here"},
        {"num.io.threads", "requests are served by event loops (num.network.threads)"},
        {"queued.max.requests", "requests in memory are bounded by queued.max.request.bytes"},
        {"background.threads", "background work has its own threads here"},
        {"num.replica.alter.log.dirs.threads", "partitions do not move between data directories"},
        {"request.timeout.ms", "each call has its own deadline here"},
        {"producer.purgatory.", "waiting requests cost nothing here"},
        {"fetch.purgatory.", "waiting requests cost nothing here"},
        {"delete.records.purgatory.", "waiting requests cost nothing here"},
        {"group.consumer.regex.", "what patterns stand for is looked at as soon as topics change"},
        {"group.consumer.assignment.", "targets are made as soon as something changes"},
        {"group.share.assign", "targets are made as soon as something changes, by the one assignor there is"},
        {"group.share.min.assignment.", "targets are made as soon as something changes"},
        {"group.share.max.assignment.", "targets are made as soon as something changes"},
        {"group.share.initialize.", "share-partitions begin as soon as they can"},
        {"group.share.persister.", "classes are not loaded from settings"},
        {"group.share.dlq.", "classes are not loaded from settings"},
        {"group.streams.", "targets are made as soon as something changes"},
        {"share.fetch.purgatory.", "waiting requests cost nothing here"},
        {"share.coordinator.", "the share coordinator runs on the event loops here"},
        {"group.coordinator.", "group coordinators run on the event loops here"},
        {"transaction.abort.timed.out.transaction.cleanup.interval.ms", "a transaction is aborted as soon as it has taken too long"},
        {"transaction.partition.verification.enable", "partitions are always verified before the first write of a transaction"},
        {"transaction.two.phase.commit.enable", "transactions that somebody else coordinates are not served"},
        {"add.partitions.to.txn.", "a request waits here for the transaction before to be complete"},
        {"remote.", "there is no tiered storage here"},
        {"log.remote.", "there is no tiered storage here"},
        {"replica.fetch.backoff.ms", "followers that are not answered wait a little longer each time here"},
        {"replica.fetch.wait.max.ms", "followers are answered as soon as there is something"},
        {"replica.fetch.min.bytes", "followers are answered as soon as there is something"},
        {"replica.high.watermark.checkpoint.interval.ms", "high watermarks are written down with log.flush.offset.checkpoint.interval.ms"},
        {"replica.socket.", "connections between brokers notice within a second here that nothing comes"},
        {"inter.broker.listener.name", "brokers talk to each other on a listener of their own (replication.listener)"},
        {"max.connections.per.ip.overrides", "all addresses have the same bound"},
        {"offsets.topic.compression.codec", "committed offsets are stored uncompressed"},
        {"log.flush.start.offset.checkpoint.interval.ms", "log start offsets are written down with the recovery points"},
        {"producer.id.expiration.check.interval.ms", "old producer ids are looked for when retention is"},
        {"num.replica.fetchers", "event loops carry the records of followers (num.network.threads)"},
        {"replication.quota.", "the rate of a throttled replica is kept from piece to piece here"},
        {"unclean.leader.election.interval.ms", "elections are held as soon as they are needed"},
        {"controlled.shutdown.", "a broker that stops hands over for five seconds at most"},
        {"security.inter.broker.protocol", "brokers talk to each other on a listener of their own (replication.listener)"},
        {"alter.log.dirs.", "partitions do not move between data directories"},
        {"cordoned.log.dirs", "partitions are spread over all data directories"},
        {"log.dir.failure.timeout.ms", "a broken data directory is reported at once"},
        {"sasl.kerberos.", "Kerberos is not served"},
        {"sasl.login.", "the broker logs in nowhere"},
        {"sasl.mechanism.inter.broker.protocol", "brokers know each other by their certificates (REPLICATION:SSL in listener.security.protocol.map)"},
        {"sasl.mechanism.controller.protocol", "there is no controller quorum here"},
        {"sasl.client.callback.handler.class", "classes are not loaded from settings"},
        {"sasl.server.callback.handler.class", "classes are not loaded from settings; OAUTHBEARER and PLAIN are checked as their settings say"},
        {"sasl.oauthbearer.", "the broker fetches no tokens"},
        {"ssl.protocol", "ssl.enabled.protocols says what is spoken"},
        {"ssl.provider", "there is one implementation of TLS"},
        {"ssl.keymanager.algorithm", "keys are chosen by PKIX"},
        {"ssl.trustmanager.algorithm", "certificates are checked by PKIX"},
        {"ssl.secure.random.implementation", "random numbers are the system's"},
        {"ssl.endpoint.identification.algorithm", "it is for who connects"},
        {"ssl.engine.factory.class", "classes are not loaded from settings"},
        {"ssl.allow.dn.changes", "keys may always be replaced"},
        {"ssl.allow.san.changes", "keys may always be replaced"},
        {"delegation.token.", "delegation tokens are not served"},
        {"authorizer.", "access rules are part of the broker's metadata here"},
        {"principal.builder.class", "classes are not loaded from settings"},
        {"security.providers", "classes are not loaded from settings"},
        {"create.topic.policy.class.name", "classes are not loaded from settings"},
        {"alter.config.policy.class.name", "classes are not loaded from settings"},
        {"client.quota.callback.class", "classes are not loaded from settings"},
        {"config.providers", "classes are not loaded from settings"},
        {"metric.", "metrics are served by the Prometheus endpoint"},
        {"metrics.", "metrics are served by the Prometheus endpoint"},
        {"kafka.metrics.", "metrics are served by the Prometheus endpoint"},
        {"confluent.", "it belongs to another product"},
        {"telemetry.", "client telemetry is not collected"},
        {"socket.connection.setup.", "connections between brokers are given up within a second here"},
    };

    private BrokerSettings() {}

    /** All definitions by name. */
    public static ConfigDefinitions definitions() {
        return DEFINITIONS;
    }

    /** The beginnings of Kafka's names that mean nothing here, each with the reason. */
    static String[][] withoutEffect() {
        return WITHOUT_EFFECT.clone();
    }

    /** Why a setting of Kafka's has no effect here, to be read after "because"; {@code null} when it is none of Kafka's or has one. */
    static String whyWithoutEffect(String name) {
        for (String[] entry : WITHOUT_EFFECT) {
            if (entry[0].endsWith(".") ? name.startsWith(entry[0]) : name.equals(entry[0])) {
                return entry[1];
            }
        }
        return null;
    }
}
