package io.partita.broker.api;

import io.partita.broker.group.streams.ResolvedTopology.MissingTopic;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes topics that applications of streams groups have between and behind what they read. Nobody waits for that: members learn of it when it is done. Any
 * thread.
 */
final class StreamsTopics {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsTopics.class);
    /** Failures that are remembered for who asks next; above that all are forgotten. */
    private static final int FAILURES_MAX = 1_000;

    private final MetadataStore store;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final Map<String, String> failures = new ConcurrentHashMap<>();

    StreamsTopics(MetadataStore store) {
        this.store = store;
    }

    /** Makes those that nobody is making. What went wrong the last time, to be put behind a sentence; empty when nothing did. */
    String make(List<MissingTopic> missing) {
        var topics = new ArrayList<NewTopic>();
        var failed = new ArrayList<String>();
        for (MissingTopic topic : missing) {
            String name = topic.topic().name();
            String failure = failures.get(name);
            if (failure != null) {
                failed.add(name + " (" + failure + ")");
            }
            if (underWay.add(name)) {
                int replicas = topic.topic().replicationFactor() > 0 ? topic.topic().replicationFactor() : NewTopic.DEFAULT;
                topics.add(new NewTopic(name, topic.partitions(), replicas, null, topic.topic().configs()));
            }
        }
        if (!topics.isEmpty()) {
            store.createTopics(topics, false).whenComplete((results, failure) -> made(topics, results, failure));
        }
        return failed.isEmpty() ? "" : "; Creation failed: " + String.join(", ", failed) + ".";
    }

    private void made(List<NewTopic> topics, List<Result<TopicImage>> results, Throwable failure) {
        for (int i = 0; i < topics.size(); i++) {
            String name = topics.get(i).name();
            String problem = failure != null ? failure.toString() : problem(results.get(i));
            if (problem == null) {
                failures.remove(name);
            } else if (!problem.equals(remember(name, problem))) {
                LOG.warn("Topic {} of a streams application could not be made: {}. It is tried again with its members' heartbeats.", name, problem);
            }
            underWay.remove(name);
        }
    }

    private String remember(String name, String problem) {
        if (failures.size() >= FAILURES_MAX) {
            failures.clear();
        }
        return failures.put(name, problem);
    }

    private static String problem(Result<TopicImage> result) {
        return result.isDone() || result.error() == ErrorCode.TOPIC_ALREADY_EXISTS ? null : result.error() + ": " + result.message();
    }
}
