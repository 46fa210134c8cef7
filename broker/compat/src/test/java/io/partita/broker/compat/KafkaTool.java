package io.partita.broker.compat;

import java.util.ArrayList;
import java.util.List;

/** Kafka's command-line tools, which are main classes of its jars: what the shell scripts of a Kafka installation start. */
enum KafkaTool {
    TOPICS("org.apache.kafka.tools.TopicCommand", "kafka.admin.TopicCommand"),
    CONFIGS("kafka.admin.ConfigCommand", null),
    CONSOLE_PRODUCER("org.apache.kafka.tools.ConsoleProducer", "kafka.tools.ConsoleProducer"),
    CONSOLE_CONSUMER("org.apache.kafka.tools.consumer.ConsoleConsumer", "kafka.tools.ConsoleConsumer"),
    CONSUMER_GROUPS("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "kafka.admin.ConsumerGroupCommand"),
    SHARE_GROUPS("org.apache.kafka.tools.consumer.group.ShareGroupCommand", null),
    STREAMS_GROUPS("org.apache.kafka.tools.streams.StreamsGroupCommand", null),
    GROUPS("org.apache.kafka.tools.GroupsCommand", null),
    GET_OFFSETS("org.apache.kafka.tools.GetOffsetShell", "kafka.tools.GetOffsetShell"),
    VERIFIABLE_PRODUCER("org.apache.kafka.tools.VerifiableProducer", null),
    VERIFIABLE_CONSUMER("org.apache.kafka.tools.VerifiableConsumer", null),
    PRODUCER_PERFORMANCE("org.apache.kafka.tools.ProducerPerformance", null),
    CONSUMER_PERFORMANCE("org.apache.kafka.tools.ConsumerPerformance", null),
    DELETE_RECORDS("org.apache.kafka.tools.DeleteRecordsCommand", null),
    LOG_DIRS("org.apache.kafka.tools.LogDirsCommand", null),
    BROKER_API_VERSIONS("org.apache.kafka.tools.BrokerApiVersionsCommand", null),
    TRANSACTIONS("org.apache.kafka.tools.TransactionsCommand", null),
    ACLS("org.apache.kafka.tools.AclCommand", null),
    REASSIGN_PARTITIONS("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", null),
    LEADER_ELECTION("org.apache.kafka.tools.LeaderElectionCommand", null),
    DUMP_LOG("org.apache.kafka.tools.DumpLogSegments", null);

    /** The newest tools that can be had, and those of the release that many introductions download. */
    static final String NEWEST = "kafka-4.3";
    static final String OLD = "kafka-2.4";

    private final String newest;
    private final String old;

    KafkaTool(String newest, String old) {
        this.newest = newest;
        this.old = old;
    }

    Command with(String... arguments) {
        return of(NEWEST, arguments);
    }

    /** The tool of a release, called with the words one would type after the name of its script. */
    Command of(String release, String... arguments) {
        return Command.of(JavaProgram.java(Repository.classPathOf(release), List.of("-Xmx256m"), release.equals(OLD) ? old : newest,
                new ArrayList<>(List.of(arguments))));
    }
}
