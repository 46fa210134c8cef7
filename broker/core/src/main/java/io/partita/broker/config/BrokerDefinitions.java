package io.partita.broker.config;

import static io.partita.broker.config.ConfigDefinition.of;
import static io.partita.broker.config.ConfigType.BOOLEAN;
import static io.partita.broker.config.ConfigType.INT;
import static io.partita.broker.config.ConfigType.LIST;
import static io.partita.broker.config.ConfigType.LONG;
import static io.partita.broker.config.ConfigType.SHORT;
import static io.partita.broker.config.ConfigType.PASSWORD;
import static io.partita.broker.config.ConfigType.STRING;
import static io.partita.broker.config.Constraint.ANY;
import static io.partita.broker.config.Constraint.atLeast;
import static io.partita.broker.config.Constraint.between;
import static io.partita.broker.config.Constraint.oneOf;

/** Broker settings about everything but logs: identity, network and its bounds, topics, groups, producers and transactions. */
final class BrokerDefinitions {

    private BrokerDefinitions() {}

    static final ConfigDefinition[] IDENTITY = {
        of(BrokerSettings.NODE_ID, INT, "0", atLeast(0), "Number of this broker, unique in its cluster.").or("broker.id"),
        of("broker.id", INT, null, atLeast(-1), "Older name of node.id; used when node.id is not set. -1 is as if it were not set."),
        of("broker.rack", STRING, null, ANY, "Where the broker stands (rack, zone). Told to clients, and used to spread replicas."),
        of("cluster.id", STRING, null, ANY,
                "The cluster's id. Without it the id in the data directory is taken, and for a new one an id is made up. Partita's own setting."),
        of(BrokerSettings.METADATA_STORE, STRING, null, ANY,
                "Where brokers keep together which topics there are and who leads them: etcd://host:port, several members separated by commas, and /NAME behind them"
                        + " where several clusters share an etcd (etcds:// for TLS). Without it a broker is alone and keeps them in its data directory."
                        + " Partita's own setting."),
        of(BrokerSettings.METADATA_STORE_BEGIN, BOOLEAN, "false", ANY,
                "Whether a broker with logs begins a new cluster where metadata.store has none. Without it such a start is refused: the store was emptied, or is the wrong one."
                        + " The logs are set aside then, and deleted after log.undelete.retention.ms. Partita's own setting."),
        of("metadata.store.ssl.keystore.type", STRING, "JKS", oneOf("JKS", "PKCS12", "PEM"), "Form of the key store. Partita's own setting."),
        of("metadata.store.ssl.keystore.location", STRING, null, ANY,
                "File with a private key and its certificates, which the broker shows to metadata.store. Looked at every ten seconds. Without it none is shown."
                        + " Partita's own setting."),
        of("metadata.store.ssl.keystore.password", PASSWORD, null, ANY, "Password of the key store. Not for PEM. Partita's own setting."),
        of("metadata.store.ssl.key.password", PASSWORD, null, ANY, "Password of the private key. Default: that of the key store. Partita's own setting."),
        of("metadata.store.ssl.truststore.type", STRING, "JKS", oneOf("JKS", "PKCS12", "PEM"), "Form of the trust store. Partita's own setting."),
        of("metadata.store.ssl.truststore.location", STRING, null, ANY,
                "File with the certificates of those who vouch for metadata.store. Looked at as the key store is. Default: those that the JVM knows. Partita's own"
                        + " setting."),
        of("metadata.store.ssl.truststore.password", PASSWORD, null, ANY, "Password of the trust store. Not for PEM. Partita's own setting."),
    };

    static final ConfigDefinition[] NETWORK = {
        of(BrokerSettings.LISTENERS, LIST, "PLAINTEXT://:9092", ANY,
                "Where to listen, as NAME://host:port, several separated by commas. An empty host is every address of the machine, port 0 any free port."),
        of(BrokerSettings.ADVERTISED_LISTENERS, LIST, null, ANY,
                "What clients are told to connect to, as NAME://host:port, per listener. Default: listeners, with the machine's name for an empty host."),
        of(BrokerSettings.LISTENER_SECURITY_PROTOCOL_MAP, STRING,
                "PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL", ANY,
                "The security protocol of each listener name, as NAME:PROTOCOL: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."
                        + " Settings of one listener are written listener.name.NAME.SETTING, its name in lower case."),
        of(BrokerSettings.REPLICATION_LISTENER, STRING, null, ANY,
                "Where to listen for other brokers, as host:port; port 0 is any free port. Unless it encrypts, only brokers may reach it: whoever does and knows"
                        + " the cluster's id is taken for one. It encrypts, and takes whoever shows the certificate of a broker, with REPLICATION:SSL in"
                        + " listener.security.protocol.map and settings listener.name.replication.ssl.*. Default: any free port on the host of the first of listeners."
                        + " Nothing listens where a broker is alone. Partita's own setting."),
        of(BrokerSettings.REPLICATION_ADVERTISED_LISTENER, STRING, null, ANY,
                "What other brokers are told to connect to, as host:port. Default: replication.listener, with the machine's name for an empty host."
                        + " Partita's own setting."),
        of(BrokerSettings.REPLICATION_CERTIFICATE_NAMES, LIST, "partita-broker-" + BrokerSettings.NODE_ID_IN_NAMES, ANY,
                "By which names a certificate is that of a broker, where replication.listener encrypts: its common name (CN) or one of its DNS names is one of these,"
                        + " in which " + BrokerSettings.NODE_ID_IN_NAMES + " stands for the number of the broker. Partita's own setting."),
        of("http.enable", BOOLEAN, "true", ANY,
                "Whether the REST interface and the console are served (docs/REST.md): by ./run on http.listener, by the image on the port of the application"
                        + " (quarkus.http.port, 8080). A broker that is embedded in another program serves none. Partita's own setting."),
        of("http.listener", STRING, null, ANY,
                "Where ./run listens for HTTP, as host:port; port 0 is any free port. Default: localhost:8080, and any free port where another program has that one."
                        + " Partita's own setting."),
        of("http.authentication.listener", STRING, null, ANY,
                "Name of the listener whose users HTTP takes: nobody is asked where that asks nobody; else passwords (PLAIN, SCRAM) and tokens (OAUTHBEARER) as there,"
                        + " and with ./run its TLS. Default: the first of listeners. Partita's own setting."),
        of("http.mask.fields", LIST, "", ANY,
                "What of records the REST interface and the console do not show to people, as TOPIC:key, TOPIC:value, TOPIC:value.FIELD (of its JSON) or TOPIC:headers.NAME; a topic may"
                        + " end with *. Who consumes, also over HTTP with a lease, gets records as they are. Partita's own setting."),
        of("http.schema.registry.url", STRING, null, ANY,
                "Address of a schema registry with Confluent's REST interface (Apicurio and Karapace have it, too), as https://registry.example.com:8081: with it the REST interface and the"
                        + " console show keys and values that were written with Avro, Protobuf or JSON Schema as JSON. Default: none. Partita's own setting."),
        of("http.schema.registry.credentials.file", STRING, null, ANY,
                "File with user:password for the schema registry, read whenever it is asked. Default: it is asked without. Partita's own setting."),
        of("http.schema.registry.timeout.ms", INT, "3000", between(1, 60_000),
                "For so long the schema registry is waited for. One that does not answer is left alone for ten seconds, and what it would be needed for is shown as it is."
                        + " Partita's own setting."),
        of("http.cors.origins", LIST, "", ANY,
                "Origins, as https://tools.example.com, whose pages browsers may let use the REST interface, with a password or token of their user, not with the"
                        + " console's session. Default: none. Partita's own setting."),
        of("num.network.threads", INT, "0", atLeast(0),
                "Event loops, which carry connections and own partitions. 0 is one for every two processors (Kafka's default is 3)."),
        of("socket.request.max.bytes", INT, "104857600", atLeast(1), "Largest request in bytes. A longer one closes its connection."),
        of("socket.send.buffer.bytes", INT, "-1", atLeast(-1),
                "Send buffer of a connection in the operating system, in bytes. -1 leaves it to the system, which adapts it (Kafka's default is 102400)."),
        of("socket.receive.buffer.bytes", INT, "-1", atLeast(-1),
                "Receive buffer of a connection in the operating system, in bytes. -1 leaves it to the system, which adapts it (Kafka's default is 102400)."),
        of("socket.listen.backlog.size", INT, "1024", atLeast(1),
                "Connections that may wait to be accepted. Linux caps it at net.core.somaxconn (Kafka's default is 50)."),
        of("max.connections", INT, "10000", atLeast(0),
                "Connections open at once, on all listeners. Further ones are closed at once. Where the system gives few descriptors (ulimit -n) it is less."),
        of("max.connections.per.ip", INT, "10000", atLeast(0), "Connections open at once from one address, on all listeners."),
        of("connections.max.idle.ms", LONG, "600000", ANY, "A connection without traffic for so many milliseconds is closed."),
        of("queued.max.request.bytes", LONG, "-1", atLeast(-1),
                "Direct memory in bytes for the buffers of all requests that arrive or are served, and of all answers on their way. When it is used up,"
                        + " connections wait before they are read. -1, and whatever is larger, is half of what the JVM has (-XX:MaxDirectMemorySize);"
                        + " seven eighths of it bound a single request."),
        of("memory.request.bytes", LONG, "-1", atLeast(-1),
                "Heap in bytes for requests once they are decoded, as long as they are served. When it is used up, connections wait before they are read."
                        + " -1 is a quarter of the heap. Partita's own setting."),
        of("memory.group.bytes", LONG, "-1", atLeast(-1),
                "Heap in bytes for all groups: their members with the metadata and assignments that clients gave them, and committed offsets. When it is used"
                        + " up, whatever adds to it is answered with COORDINATOR_NOT_AVAILABLE, which clients try again. -1 is a quarter of the heap."
                        + " Partita's own setting."),
        of("memory.conversion.bytes", LONG, "-1", atLeast(-1),
                "Heap in bytes for turning records into the formats of clients before Kafka 0.11. When it is used up, their fetches wait."
                        + " -1 is an eighth of the heap. Partita's own setting."),
        of("watchdog.timeout.ms", LONG, "-1", atLeast(-1),
                "After how many milliseconds, to the second, a broker that stands still is ended by a small process beside it, so that its clients go to other brokers;"
                        + " 0 for never. -1 is 5000 on Kubernetes, which starts the broker again, and never elsewhere: there whoever starts the broker has to start it again"
                        + " (restart: in a compose file, Restart= in systemd). Partita's own setting."),
        of("connection.max.in.flight.requests", INT, "100", atLeast(1),
                "Requests of one connection that may wait for their answer before it is no longer read. Partita's own setting."),
        of("connection.max.in.flight.bytes", INT, "33554432", atLeast(1),
                "Bytes of one connection's requests that wait for their answer, and of its answers that wait behind others, before it is no longer read."
                        + " Partita's own setting."),
        of("connection.stalled.request.ms", LONG, "30000", atLeast(1),
                "A connection that stops in the middle of a request for so many milliseconds is closed. Partita's own setting."),
        of("connection.setup.ms", LONG, "30000", atLeast(1),
                "A client that has not authenticated for so many milliseconds, or not finished the TLS handshake, is closed. Partita's own setting."),
        of("fetch.max.bytes", INT, "57671680", atLeast(1024), "Most bytes of records in the answer to one Fetch, whatever the client asks for."),
        of("max.incremental.fetch.session.cache.slots", INT, "1000", atLeast(0), "Fetch sessions (KIP-227) kept at once."),
        of("max.request.partition.size.limit", INT, "2000", atLeast(1), "Most partitions in the answer to one DescribeTopicPartitions."),
    };

    static final ConfigDefinition[] TOPICS = {
        of("auto.create.topics.enable", BOOLEAN, "true", ANY,
                "Whether a topic is created when a client asks for its metadata in order to write to it or read it."),
        of("num.partitions", INT, "1", atLeast(1), "Partitions of a topic that is created without a count."),
        of("default.replication.factor", INT, "1", atLeast(1), "Replicas of each partition of a topic that is created without a count."),
        of("replica.fetch.max.bytes", INT, "1048576", atLeast(0),
                "Most bytes of a partition that its leader sends a follower at once. A batch that is larger comes whole."),
        of("replica.fetch.response.max.bytes", INT, "10485760", atLeast(0),
                "Bytes of records that came from one broker and are not written yet, beyond which no more is read from it."),
        of("replication.session.timeout.ms", INT, "750", atLeast(3),
                "How long other brokers may be silent before they are taken for gone, and others elected in their place; they ping each other three times as often. On machines that may stand still"
                        + " for that long (too little CPU, swapping) take a few seconds: elections that are not needed hold up clients. Partita's own setting."),
        of("replica.lag.time.max.ms", LONG, "30000", atLeast(1),
                "A follower that has not had all of its leader's log for so many milliseconds leaves the in-sync set."),
        of("replica.selector.class", STRING, "",
                oneOf("", "org.apache.kafka.common.replica.RackAwareReplicaSelector", "org.apache.kafka.common.replica.LeaderSelector"),
                "Which replica consumers read from: empty or Kafka's LeaderSelector for the leader, Kafka's RackAwareReplicaSelector for one in sync in their rack"
                        + " (client.rack of the consumer, broker.rack of the broker). No other class is loaded."),
        of(BrokerSettings.LEADER_REPLICATION_THROTTLED_RATE, LONG, "9223372036854775807", atLeast(1),
                "Bytes a second that a broker sends at most to replicas that catch up, of those in leader.replication.throttled.replicas of their topic, all of them"
                        + " together. Replicas in sync are not held up.")
                .atOnce(),
        of(BrokerSettings.FOLLOWER_REPLICATION_THROTTLED_RATE, LONG, "9223372036854775807", atLeast(1),
                "Bytes a second that a broker takes at most for its replicas that catch up, of those in follower.replication.throttled.replicas of their topic, all of"
                        + " them together. Replicas in sync are not held up.")
                .atOnce(),
        of("broker.replacement.delay.ms", LONG, "300000", atLeast(-1),
                "After how many milliseconds a broker that is gone is not waited for any longer: its replicas get places on other brokers, where there are any that do not hold the"
                        + " partition yet. When it comes back it deletes what it holds no more. -1 is never. The same on all brokers."
                        + " On Kubernetes nobody is waited for whose node or volume is known to be gone. Partita's own setting.")
                .atOnce(),
        of("new.broker.rebalance.enable", BOOLEAN, "true", ANY,
                "Whether a broker that comes with empty data directories to a cluster that has partitions gets its share of them, of replicas and of leaders, from those that have"
                        + " most: twenty partitions at a time, each told in the log. The same on all brokers. Partita's own setting.")
                .atOnce(),
        of("auto.leader.rebalance.enable", BOOLEAN, "true", ANY,
                "Whether a partition is given back to its preferred leader, the first of its replicas, once that is in sync again."),
        of("delete.topic.enable", BOOLEAN, "true", ANY, "Whether topics can be deleted by clients."),
    };

    static final ConfigDefinition[] GROUPS = {
        of("group.initial.rebalance.delay.ms", INT, "3000", atLeast(0),
                "Milliseconds an empty group waits for more members before it assigns partitions for the first time."),
        of("group.min.session.timeout.ms", INT, "6000", ANY, "Shortest session timeout a member may ask for."),
        of("group.max.session.timeout.ms", INT, "1800000", ANY, "Longest session timeout a member may ask for."),
        of("group.max.size", INT, "2147483647", atLeast(1), "Most members of a group."),
        of("group.consumer.heartbeat.interval.ms", INT, "5000", atLeast(1),
                "Longest time in milliseconds between two heartbeats of a member of the consumer protocol. Members of groups of up to 50 are asked for one a"
                        + " second, by which they learn of changes at once, and those of larger groups for the more seldom the larger theirs is. A group"
                        + " with a consumer.heartbeat.interval.ms of its own is asked for that."),
        of("group.consumer.max.heartbeat.interval.ms", INT, "15000", atLeast(1), "Longest consumer.heartbeat.interval.ms a group may have."),
        of("group.consumer.max.session.timeout.ms", INT, "60000", atLeast(1), "Longest consumer.session.timeout.ms a group may have."),
        of("group.consumer.max.size", INT, "2147483647", atLeast(1), "Most members of a group of the consumer protocol."),
        of("group.consumer.migration.policy", STRING, "bidirectional", oneOf("bidirectional", "upgrade", "downgrade", "disabled"),
                "Which groups go over to the other protocol while they have members: upgrade, classic groups when a member joins that speaks the consumer"
                        + " protocol; downgrade, consumer groups when their last member leaves that speaks it; bidirectional, both; disabled, none."),
        of("group.consumer.min.heartbeat.interval.ms", INT, "5000", atLeast(1), "Shortest consumer.heartbeat.interval.ms a group may have."),
        of("group.consumer.min.session.timeout.ms", INT, "45000", atLeast(1), "Shortest consumer.session.timeout.ms a group may have."),
        of("group.consumer.session.timeout.ms", INT, "45000", atLeast(1),
                "Milliseconds of silence after which a member of the consumer protocol is out of its group, unless the group has a"
                        + " consumer.session.timeout.ms of its own."),
        of("group.share.session.timeout.ms", INT, "45000", atLeast(1),
                "Milliseconds of silence after which a member of a share group is out of it, unless the group has a share.session.timeout.ms of its own."),
        of("group.share.min.session.timeout.ms", INT, "45000", atLeast(1), "Shortest share.session.timeout.ms a group may have."),
        of("group.share.max.session.timeout.ms", INT, "60000", atLeast(1), "Longest share.session.timeout.ms a group may have."),
        of("group.share.heartbeat.interval.ms", INT, "5000", atLeast(1),
                "Longest time in milliseconds between two heartbeats of a member of a share group; as group.consumer.heartbeat.interval.ms."),
        of("group.share.min.heartbeat.interval.ms", INT, "5000", atLeast(1), "Shortest share.heartbeat.interval.ms a group may have."),
        of("group.share.max.heartbeat.interval.ms", INT, "15000", atLeast(1), "Longest share.heartbeat.interval.ms a group may have."),
        of("group.share.max.size", INT, "200", between(1, 1_000), "Most members of a share group."),
        of("group.share.delivery.count.limit", INT, "5", between(2, 10),
                "How often a record is given to members of a share group until it is given up, unless the group has a share.delivery.count.limit of its own."),
        of("group.share.min.delivery.count.limit", INT, "2", between(2, 5), "Lowest share.delivery.count.limit a group may have."),
        of("group.share.max.delivery.count.limit", INT, "10", between(5, 25), "Highest share.delivery.count.limit a group may have."),
        of("group.share.record.lock.duration.ms", INT, "30000", between(1_000, 3_600_000),
                "Milliseconds for which a member of a share group has a record to itself, unless the group has a share.record.lock.duration.ms of its own."),
        of("group.share.min.record.lock.duration.ms", INT, "15000", between(1_000, 30_000), "Shortest share.record.lock.duration.ms a group may have."),
        of("group.share.max.record.lock.duration.ms", INT, "60000", between(30_000, 3_600_000), "Longest share.record.lock.duration.ms a group may have."),
        of("group.share.partition.max.record.locks", INT, "2000", between(100, 10_000),
                "Records of a partition that members of a share group may have, or that wait to be given out again, unless the group has a"
                        + " share.partition.max.record.locks of its own. While there are more no new ones are given out."),
        of("group.share.min.partition.max.record.locks", INT, "100", between(100, 2_000), "Lowest share.partition.max.record.locks a group may have."),
        of("group.share.max.partition.max.record.locks", INT, "4000", between(2_000, 10_000), "Highest share.partition.max.record.locks a group may have."),
        of("group.share.max.share.sessions", INT, "2000", atLeast(1),
                "Members of share groups that may fetch from this broker at a time; others are told SHARE_SESSION_LIMIT_REACHED."),
        of("group.streams.session.timeout.ms", INT, "45000", atLeast(1),
                "Milliseconds of silence after which a member of a streams group is out of it, unless the group has a streams.session.timeout.ms of its own."),
        of("group.streams.min.session.timeout.ms", INT, "45000", atLeast(1), "Shortest streams.session.timeout.ms a group may have."),
        of("group.streams.max.session.timeout.ms", INT, "60000", atLeast(1), "Longest streams.session.timeout.ms a group may have."),
        of("group.streams.heartbeat.interval.ms", INT, "5000", atLeast(1),
                "Longest time in milliseconds between two heartbeats of a member of a streams group; as group.consumer.heartbeat.interval.ms."),
        of("group.streams.min.heartbeat.interval.ms", INT, "5000", atLeast(1), "Shortest streams.heartbeat.interval.ms a group may have."),
        of("group.streams.max.heartbeat.interval.ms", INT, "15000", atLeast(1), "Longest streams.heartbeat.interval.ms a group may have."),
        of("group.streams.max.size", INT, "2147483647", atLeast(1), "Most members of a streams group."),
        of("group.streams.initial.rebalance.delay.ms", INT, "3000", atLeast(0),
                "Milliseconds a streams group that begins waits for more members before it gives tasks to the first, unless the group has a"
                        + " streams.initial.rebalance.delay.ms of its own."),
        of("group.streams.num.standby.replicas", INT, "0", atLeast(0),
                "Copies of the state of each task that other processes of a streams group keep, unless the group has a streams.num.standby.replicas of its"
                        + " own."),
        of("group.streams.max.standby.replicas", INT, "2", atLeast(0), "Highest streams.num.standby.replicas a group may have."),
        of("group.streams.num.warmup.replicas", INT, "2", atLeast(0),
                "Tasks with state that a streams group prepares elsewhere at a time before they move there, unless the group has a"
                        + " streams.num.warmup.replicas of its own. With 0 tasks move at once, and wait there for their state."),
        of("group.streams.max.warmup.replicas", INT, "20", atLeast(0), "Highest streams.num.warmup.replicas a group may have."),
        of("group.streams.acceptable.recovery.lag", LONG, "10000", atLeast(0),
                "Records that may be missing in the state that a task of a streams group moves to, unless the group has a"
                        + " streams.acceptable.recovery.lag of its own."),
        of("group.streams.task.offset.interval.ms", INT, "60000", atLeast(1),
                "Milliseconds after which members of a streams group say anew how far their copies of state are, unless the group has a"
                        + " streams.task.offset.interval.ms of its own. A copy that is ready is told of at once."),
        of("group.streams.min.task.offset.interval.ms", INT, "15000", atLeast(1), "Shortest streams.task.offset.interval.ms a group may have."),
        of("share.coordinator.state.topic.num.partitions", INT, "50", atLeast(1),
                "Partitions of __share_group_state. Cannot change once the topic is there."),
        of("share.coordinator.state.topic.replication.factor", SHORT, "3", atLeast(1),
                "Replicas of each partition of __share_group_state; fewer when there are fewer brokers."),
        of("share.coordinator.state.topic.min.isr", INT, "2", atLeast(1), "min.insync.replicas of __share_group_state."),
        of("share.coordinator.state.topic.segment.bytes", INT, "104857600", atLeast(1), "Size of the segments of __share_group_state."),
        of("share.coordinator.snapshot.update.records.per.snapshot", INT, "500", between(0, 500),
                "After so many changes of a share-partition all of its state is written once."),
        of("share.coordinator.load.buffer.size", INT, "5242880", atLeast(1), "Bytes read at once when a coordinator loads the state of share groups."),
        of("share.coordinator.write.timeout.ms", INT, "5000", atLeast(1),
                "How long a change may wait for the replicas of __share_group_state, in milliseconds."),
        of("share.coordinator.state.topic.prune.interval.ms", LONG, "300000", atLeast(1),
                "Every so many milliseconds __share_group_state is cut where no share-partition needs it any more."),
        of("errors.deadletterqueue.topic.name.prefix", STRING, "dlq.", ANY,
                "How names of dead-letter topics of share groups begin; empty for any name."),
        of("errors.deadletterqueue.auto.create.topics.enable", BOOLEAN, "false", ANY,
                "Whether the dead-letter topic that a share group is set to is made when it is first needed."),
        of("offset.metadata.max.bytes", INT, "4096", ANY, "Longest text a client may store with a committed offset, in bytes."),
        of("offsets.commit.timeout.ms", INT, "5000", atLeast(1), "How long a commit may wait for the replicas of the offsets topic, in milliseconds."),
        of("offsets.load.buffer.size", INT, "5242880", atLeast(1), "Bytes read at once when a coordinator loads groups and offsets."),
        of("offsets.retention.check.interval.ms", LONG, "600000", atLeast(1), "Every so many milliseconds committed offsets are looked through for old ones."),
        of("offsets.retention.minutes", INT, "10080", atLeast(1),
                "Committed offsets are dropped once their group has had no members for so many minutes, or did not use their topic for so long."),
        of("offsets.topic.num.partitions", INT, "50", atLeast(1), "Partitions of __consumer_offsets. Cannot change once the topic is there."),
        of("offsets.topic.replication.factor", SHORT, "3", atLeast(1),
                "Replicas of each partition of __consumer_offsets; fewer when there are fewer brokers."),
        of("offsets.topic.segment.bytes", INT, "104857600", atLeast(1), "Size of the segments of __consumer_offsets."),
    };

    static final ConfigDefinition[] TRANSACTIONS = {
        of("transaction.state.log.min.isr", INT, "2", atLeast(1), "min.insync.replicas of __transaction_state."),
        of("transaction.state.log.num.partitions", INT, "50", atLeast(1), "Partitions of __transaction_state. Cannot change once the topic is there."),
        of("transaction.state.log.replication.factor", SHORT, "3", atLeast(1),
                "Replicas of each partition of __transaction_state; fewer when there are fewer brokers."),
        of("transaction.state.log.segment.bytes", INT, "104857600", atLeast(1), "Size of the segments of __transaction_state."),
        of("transaction.state.log.load.buffer.size", INT, "5242880", atLeast(1), "Bytes read at once when a coordinator loads transactional ids."),
        of("transaction.max.timeout.ms", INT, "900000", atLeast(1),
                "Longest timeout a producer may ask for. A transaction that takes longer than its own is aborted."),
        of("transactional.id.expiration.ms", INT, "604800000", atLeast(1),
                "A transactional id without a transaction is forgotten when nothing was heard of it for so many milliseconds. A producer that still has it must be made anew."),
        of("transaction.remove.expired.transaction.cleanup.interval.ms", INT, "3600000", atLeast(1),
                "Every so many milliseconds transactional ids are looked through for old ones."),
    };
}
