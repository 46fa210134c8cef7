package io.partita.broker.group.classic;

import io.partita.broker.group.Client;
import io.partita.broker.group.GroupConfig;
import java.util.Locale;

/**
 * How long the answer to a heartbeat may be held back, so that a member that must rejoin is told at once instead of at its next heartbeat. It
 * must never be to a client's disadvantage, so it depends on how the client goes about heartbeats; what is said here is from the sources of the
 * clients and was seen to be so. Who does not say what it is (KIP-511) is answered at once.
 *
 * <ul>
 *   <li><b>Java</b> ({@code apache-kafka-java}, 2.4 and later). A thread of its own sends the next heartbeat {@code heartbeat.interval.ms} after it
 *       <i>sent</i> the last one, answered or not, and that next request ends the hold. The answer is taken in by whichever thread polls the
 *       network, so a consumer in {@code poll} rejoins at once. Heartbeats, commits and LeaveGroup share a connection of their own, apart from
 *       fetches, and up to 100 requests may be under way on it. But {@code close} waits for all of them: a member that leaves ends the hold by its
 *       LeaveGroup; static members and Kafka Streams do not leave, and would close late. They are answered at once.
 *   <li><b>librdkafka</b> (kcat, confluent-kafka-*). The main thread sends a heartbeat every interval, but skips one while the last is unanswered:
 *       a hold longer than the interval would halve the rate and leave the second half uncovered. So it is held for a little less than the
 *       interval, which is learnt from the member's heartbeats. The group has its own connection here too; the
 *       heartbeat's own timeout is the session timeout; closing waits for nothing.
 *   <li><b>kafka-python</b> 3 and later. As Java, except that the next heartbeat waits for the answer of the last: as for librdkafka.
 *   <li><b>kafkajs</b> awaits the heartbeat between fetching and handing over messages: a hold would stall consumption. It does not say its name.
 *   <li><b>sarama</b> uses one connection for fetches and group requests: the next fetch ends any hold at once, nothing is gained.
 *   <li><b>franz-go</b> neither revokes nor sees metadata changes while its heartbeat is unanswered.
 * </ul>
 */
public final class HeartbeatHold {

    /** The default of every client's {@code heartbeat.interval.ms}: taken to be a client's interval until it is known. */
    private static final int DEFAULT_INTERVAL_MILLIS = 3_000;
    /** Protocol name by which Kafka Streams joins. */
    private static final String STREAMS_PROTOCOL = "stream";

    private HeartbeatHold() {}

    /** 0: answer at once. */
    static long millis(GroupConfig config, ClassicGroup group, Member member, Client client) {
        // The session starts anew with each heartbeat that arrives. A client may, like Java's, count from the answers that it gets: at a third of
        // the session it can miss two and still be there.
        long bound = Math.min(config.heartbeatHoldMaxMillis(), member.sessionTimeoutMillis / 3);
        return switch (kindOf(client)) {
            case SENDS_REGARDLESS -> member.isStatic() || STREAMS_PROTOCOL.equals(group.protocol()) ? 0 : bound;
            case SKIPS_WHILE_UNANSWERED -> Math.min(bound, slightlyLessThanInterval(member));
            case UNKNOWN -> 0;
        };
    }

    /** Whether it is known how the client goes about heartbeats. */
    public static boolean isKnown(Client client) {
        return kindOf(client) != Kind.UNKNOWN;
    }

    private static long slightlyLessThanInterval(Member member) {
        long interval = member.heartbeatIntervalMillis == Long.MAX_VALUE ? DEFAULT_INTERVAL_MILLIS : member.heartbeatIntervalMillis;
        return interval - interval / 16;
    }

    private enum Kind {
        SENDS_REGARDLESS,
        SKIPS_WHILE_UNANSWERED,
        UNKNOWN
    }

    private static Kind kindOf(Client client) {
        String name = client.softwareName().toLowerCase(Locale.ROOT);
        if (name.equals("apache-kafka-java")) {
            return Kind.SENDS_REGARDLESS;
        }
        // Bindings put their own name first and librdkafka's version into theirs: "confluent-kafka-python", "2.3.0-librdkafka-2.3.0".
        boolean isLibrdkafka = name.contains("rdkafka") || name.startsWith("confluent-kafka-") || client.softwareVersion().contains("rdkafka");
        return isLibrdkafka || name.equals("kafka-python") ? Kind.SKIPS_WHILE_UNANSWERED : Kind.UNKNOWN;
    }
}
