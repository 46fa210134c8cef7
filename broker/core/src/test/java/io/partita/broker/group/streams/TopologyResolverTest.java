package io.partita.broker.group.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.TestTopics;
import io.partita.broker.group.streams.Topology.Copartition;
import io.partita.broker.group.streams.Topology.InternalTopic;
import io.partita.broker.group.streams.Topology.Subtopology;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What topics an application needs, with how many partitions. */
class TopologyResolverTest {

    private final TestTopics topics = new TestTopics();

    private static InternalTopic topic(String name, int partitions) {
        return new InternalTopic(name, partitions, (short) 0, new TreeMap<>());
    }

    private static Subtopology reads(String id, List<String> sources, List<InternalTopic> repartitions, List<String> sinks, List<InternalTopic> changelogs) {
        return new Subtopology(id, sources, repartitions, sinks, changelogs, List.of());
    }

    private ResolvedTopology resolve(Subtopology... subtopologies) {
        return TopologyResolver.resolve(new Topology(0, List.of(subtopologies)), topics);
    }

    private static Map<String, Integer> missing(ResolvedTopology resolved) {
        var notReady = assertInstanceOf(ResolvedTopology.NotReady.class, resolved);
        assertEquals(StreamsStatus.Code.MISSING_INTERNAL_TOPICS, notReady.status().code());
        return notReady.missing().stream().collect(Collectors.toMap(topic -> topic.topic().name(), ResolvedTopology.MissingTopic::partitions));
    }

    @Test
    void repartitionTopicsHaveAsManyPartitionsAsWhatIsReadAndChangelogsAsThereAreTasks() {
        topics.put("lines", 4);
        Subtopology first = reads("0", List.of("lines"), List.of(), List.of("by-word"), List.of());
        Subtopology second = reads("1", List.of(), List.of(topic("by-word", 0)), List.of("by-length"), List.of(topic("words", 0)));
        Subtopology third = reads("2", List.of(), List.of(topic("by-length", 2)), List.of(), List.of(topic("lengths", 0)));

        assertEquals(Map.of("by-word", 4, "words", 4, "by-length", 2, "lengths", 2), missing(resolve(first, second, third)));

        topics.put("by-word", 4);
        topics.put("words", 4);
        topics.put("by-length", 2);
        topics.put("lengths", 2);
        assertEquals(new ResolvedTopology.Ready(new TreeMap<>(Map.of("0", 4, "1", 4, "2", 2))), resolve(first, second, third));
    }

    @Test
    void missingSourcesAreNamed() {
        topics.put("there", 1);
        var notReady = assertInstanceOf(ResolvedTopology.NotReady.class, resolve(reads("0", List.of("there", "b", "a"), List.of(), List.of(), List.of())));
        assertEquals(new StreamsStatus(StreamsStatus.Code.MISSING_SOURCE_TOPICS, "Missing source topics: a, b"), notReady.status());
    }

    @Test
    void whatIsJoinedHasEquallyManyPartitions() {
        topics.put("lines", 4);
        topics.put("table", 6);
        Subtopology writes = reads("0", List.of("lines"), List.of(), List.of("by-word"), List.of());
        var joined = new Subtopology("1", List.of("table"), List.of(topic("by-word", 0)), List.of(), List.of(),
                List.of(new Copartition(List.of((short) 0), List.of((short) 0))));

        assertEquals(Map.of("by-word", 6), missing(resolve(writes, joined)));
    }

    @Test
    void sourcesThatAreJoinedButHaveOtherNumbersAreNamed() {
        topics.put("lines", 4);
        topics.put("table", 6);
        var joined = new Subtopology("0", List.of("lines", "table"), List.of(), List.of(), List.of(),
                List.of(new Copartition(List.of((short) 0, (short) 1), List.of())));

        StreamsStatus status = assertInstanceOf(ResolvedTopology.NotReady.class, resolve(joined)).status();
        assertEquals(StreamsStatus.Code.INCORRECTLY_PARTITIONED_TOPICS, status.code());
        assertTrue(status.detail().contains("lines (4), table (6)"), status.detail());
    }

    @Test
    void aChangelogOfAnotherSizeIsNamed() {
        topics.put("lines", 4);
        topics.put("words", 3);

        StreamsStatus status = assertInstanceOf(ResolvedTopology.NotReady.class,
                resolve(reads("0", List.of("lines"), List.of(), List.of(), List.of(topic("words", 0))))).status();
        assertEquals(new StreamsStatus(StreamsStatus.Code.INCORRECTLY_PARTITIONED_TOPICS,
                "Existing topic words has different number of partitions: expected 4, found 3"), status);
    }

    @Test
    void circlesNeedANumberFromOutside() {
        topics.put("lines", 4);
        Subtopology closed = reads("0", List.of(), List.of(topic("round", 0)), List.of("round"), List.of());
        assertInstanceOf(ResolvedTopology.Impossible.class, resolve(closed));

        Subtopology fed = reads("0", List.of("lines"), List.of(topic("round", 0)), List.of("round"), List.of());
        assertEquals(Map.of("round", 4), missing(resolve(fed)));
    }

    @Test
    void aRepartitionTopicThatNobodyWritesHasNoNumber() {
        var impossible = assertInstanceOf(ResolvedTopology.Impossible.class,
                resolve(reads("0", List.of(), List.of(topic("by-word", 0)), List.of(), List.of())));
        assertTrue(impossible.reason().contains("by-word"), impossible.reason());
    }
}
