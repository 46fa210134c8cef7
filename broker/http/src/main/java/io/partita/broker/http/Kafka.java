package io.partita.broker.http;

import io.partita.broker.InProcessClients;
import io.partita.broker.InProcessClients.NoAnswerException;
import io.partita.broker.InProcessClients.NotAllowedException;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.net.Caller;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/** Kafka's requests on behalf of one caller, to whichever broker serves them. For one HTTP request; waits, so not on an event loop. */
final class Kafka {

    static final byte GROUP_KEY = 0;
    static final byte TRANSACTION_KEY = 1;

    private final InProcessClients clients;
    private final Caller caller;
    private final int self;
    private final Supplier<ClusterImage> image;
    private final BooleanSupplier holds;

    /** @param holds whether there is still whom the caller was taken for: a stream goes on for long */
    Kafka(InProcessClients clients, Caller caller, int self, Supplier<ClusterImage> image, BooleanSupplier holds) {
        this.clients = clients;
        this.caller = caller;
        this.self = self;
        this.image = image;
        this.holds = holds;
    }

    private void check() {
        if (!holds.getAsBoolean()) {
            throw Problem.of(401, "The user that you were let in as was deleted.");
        }
    }

    Caller caller() {
        return caller;
    }

    int self() {
        return self;
    }

    ClusterImage image() {
        return image.get();
    }

    List<Integer> brokers() {
        return image().brokers().stream().map(BrokerImage::id).toList();
    }

    /** Asks this broker. */
    <R extends Message> R here(ApiKey key, int version, Message request) {
        return at(self, key, version, request);
    }

    /** Asks one broker. */
    @SuppressWarnings("unchecked")
    <R extends Message> R at(int broker, ApiKey key, int version, Message request) {
        check();
        return (R) waited(clients.call(caller, broker, key, version, request));
    }

    /** Asks several brokers at once. What those answer that do comes by their numbers; those that do not are left out. */
    @SuppressWarnings("unchecked")
    <R extends Message> Map<Integer, R> each(Collection<Integer> brokers, ApiKey key, int version, Function<Integer, Message> request) {
        check();
        Map<Integer, CompletableFuture<Message>> asked = new LinkedHashMap<>();
        brokers.forEach(broker -> asked.put(broker, clients.call(caller, broker, key, version, request.apply(broker))));
        Map<Integer, R> answers = new LinkedHashMap<>();
        asked.forEach((broker, answer) -> {
            try {
                answers.put(broker, (R) answer.join());
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof NoAnswerException)) {
                    throw e;
                }
            }
        });
        return answers;
    }

    /** What the brokers know of their clients, by their numbers; those that do not answer are left out. @throws Problem when the caller may not describe the cluster */
    Map<Integer, JsonObject> insights() {
        check();
        Map<Integer, CompletableFuture<JsonObject>> asked = new LinkedHashMap<>();
        brokers().forEach(broker -> asked.put(broker, clients.insight(caller, broker)));
        Map<Integer, JsonObject> answers = new LinkedHashMap<>();
        asked.forEach((broker, answer) -> {
            try {
                answers.put(broker, answer.join());
            } catch (CompletionException e) {
                if (e.getCause() instanceof NotAllowedException) {
                    throw Problem.of(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, "the cluster", null);
                }
                if (!(e.getCause() instanceof NoAnswerException) && !(e.getCause() instanceof TimeoutException)) {
                    throw e;
                }
            }
        });
        return answers;
    }

    private static Message waited(CompletableFuture<Message> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof NoAnswerException missing) {
                throw Problem.of(503, missing.getMessage() + " It may have been done all the same: look, then try again.");
            }
            throw e;
        }
    }

    /** The broker that leads a partition. @throws Problem when there is no such partition, or no leader */
    int leader(String topic, int partition) {
        TopicImage of = image().topic(topic);
        PartitionImage one = of == null ? null : of.partition(partition);
        if (one == null) {
            throw Problem.of(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "partition " + partition + " of topic '" + topic + "'", null);
        }
        if (one.leader() == PartitionImage.NO_LEADER) {
            throw Problem.of(ErrorCode.LEADER_NOT_AVAILABLE, "partition " + partition + " of topic '" + topic + "'", null);
        }
        return one.leader();
    }

    /** Partitions of topics by the broker that leads them; those without a leader are left out. */
    Map<Integer, Map<String, List<Integer>>> byLeader(Map<String, ? extends Collection<Integer>> partitions) {
        Map<Integer, Map<String, List<Integer>>> byLeader = new LinkedHashMap<>();
        ClusterImage now = image();
        partitions.forEach((topic, indexes) -> {
            TopicImage of = now.topic(topic);
            for (int index : indexes) {
                PartitionImage one = of == null ? null : of.partition(index);
                if (one != null && one.leader() != PartitionImage.NO_LEADER) {
                    byLeader.computeIfAbsent(one.leader(), leader -> new LinkedHashMap<>()).computeIfAbsent(topic, name -> new ArrayList<>()).add(index);
                }
            }
        });
        return byLeader;
    }

    /** Asks the leaders of partitions, each for its own. */
    <R extends Message> List<R> leaders(
            Map<String, ? extends Collection<Integer>> partitions, ApiKey key, int version, Function<Map<String, List<Integer>>, Message> request) {
        Map<Integer, Map<String, List<Integer>>> byLeader = byLeader(partitions);
        return new ArrayList<>(this.<R>each(byLeader.keySet(), key, version, broker -> request.apply(byLeader.get(broker))).values());
    }

    /** The broker that coordinates a group or a transactional id. */
    int coordinator(byte type, String key) {
        return coordinators(type, List.of(key), (name, problem) -> {
            throw problem;
        }).keySet().iterator().next();
    }

    /** Keys by the broker that coordinates them. */
    Map<Integer, List<String>> coordinators(byte type, List<String> keys, BiFunction<String, Problem, Void> without) {
        var request = new FindCoordinatorRequest();
        request.keyType = type;
        request.coordinatorKeys.addAll(keys);
        FindCoordinatorResponse response = here(ApiKey.FIND_COORDINATOR, 4, request);
        Map<Integer, List<String>> byBroker = new LinkedHashMap<>();
        for (var one : response.coordinators) {
            if (one.errorCode == ErrorCode.NONE.code()) {
                byBroker.computeIfAbsent(one.nodeId, broker -> new ArrayList<>()).add(one.key);
            } else {
                String about = (type == GROUP_KEY ? "group '" : "transactional id '") + one.key + "'";
                without.apply(one.key, Problem.of(ErrorCode.forCode(one.errorCode), about, null));
            }
        }
        return byBroker;
    }
}
