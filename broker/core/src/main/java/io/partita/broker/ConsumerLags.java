package io.partita.broker;

import io.partita.broker.api.LogPositions;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Workers;
import io.partita.broker.group.CommittedPosition;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.GroupLag;
import io.partita.broker.link.BrokerCalls;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListOffsetsRequest;
import io.partita.broker.protocol.message.ListOffsetsResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.replication.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Measures how far the groups are behind that this broker coordinates. A replica that is here says where its log ends and when the first record was made that is not consumed; about
 * partitions that are elsewhere their leader is asked. Whoever cannot be asked is missing from the answer. Any thread.
 */
final class ConsumerLags {

    private static final short VERSION = 11;
    private static final long TIMEOUT_MILLIS = 5_000;
    /** Asked of a broker at once, so that a call stays small. */
    private static final int POSITIONS_PER_CALL = 1_000;

    private final int nodeId;
    private final GroupCoordinator groups;
    private final Partitions partitions;
    private final Supplier<ClusterImage> image;
    private final BrokerCalls calls;
    private final Workers workers;
    private final Clock clock;

    ConsumerLags(
            int nodeId,
            GroupCoordinator groups,
            Partitions partitions,
            Supplier<ClusterImage> image,
            BrokerCalls calls,
            Workers workers,
            Clock clock) {
        this.nodeId = nodeId;
        this.groups = groups;
        this.partitions = partitions;
        this.image = image;
        this.calls = calls;
        this.workers = workers.of(Workers.Kind.LOOKUP);
        this.clock = clock;
    }

    /** Some positions of logs that one broker knows. */
    private record Question(int broker, List<CommittedPosition> positions) {}

    /** {@code answer} is told once, on any thread. */
    void measure(Consumer<List<GroupLag>> answer) {
        groups.positions(positions -> CoordinatorShards.<Question, List<GroupLag>>gather(questions(positions), this::ask,
                lags -> answer.accept(lags.stream().flatMap(List::stream).toList())));
    }

    private List<Question> questions(List<CommittedPosition> positions) {
        var byBroker = new TreeMap<Integer, List<CommittedPosition>>();
        for (CommittedPosition position : positions) {
            int broker = knows(position);
            if (broker != PartitionImage.NO_LEADER) {
                byBroker.computeIfAbsent(broker, id -> new ArrayList<>()).add(position);
            }
        }
        var questions = new ArrayList<Question>();
        byBroker.forEach((broker, all) -> {
            for (int from = 0; from < all.size(); from += POSITIONS_PER_CALL) {
                questions.add(new Question(broker, all.subList(from, Math.min(all.size(), from + POSITIONS_PER_CALL))));
            }
        });
        return questions;
    }

    /** Which broker to ask; NO_LEADER when there is none. */
    private int knows(CommittedPosition position) {
        if (replica(position) != null) {
            return nodeId;
        }
        TopicImage topic = image.get().topic(position.topic());
        PartitionImage partition = topic == null ? null : topic.partition(position.partition());
        return partition == null || partition.leader() == nodeId ? PartitionImage.NO_LEADER : partition.leader();
    }

    private Replica replica(CommittedPosition position) {
        PartitionLeader leader = partitions.find(position.topic(), position.partition());
        if (leader != null) {
            return leader;
        }
        TopicImage topic = image.get().topic(position.topic());
        return topic == null ? null : partitions.followed(topic.id(), position.partition());
    }

    private void ask(Question question, Consumer<List<GroupLag>> answer) {
        if (question.broker() == nodeId) {
            workers.execute(() -> answer.accept(here(question.positions())));
        } else {
            calls.call(question.broker(), ApiKey.LIST_OFFSETS, VERSION, request(question.positions()), new ListOffsetsResponse(), TIMEOUT_MILLIS,
                    response -> answer.accept(response == null ? List.of() : elsewhere((ListOffsetsResponse) response, question.positions())));
        }
    }

    private List<GroupLag> here(List<CommittedPosition> positions) {
        var lags = new ArrayList<GroupLag>(positions.size());
        for (CommittedPosition position : positions) {
            Replica replica = replica(position);
            if (replica != null) {
                lags.add(lag(position, LogPositions.of(replica, position.offset())));
            }
        }
        return lags;
    }

    /** A topic for each position, so that the answer has them in the same order. */
    private static ListOffsetsRequest request(List<CommittedPosition> positions) {
        var request = new ListOffsetsRequest();
        for (CommittedPosition position : positions) {
            var partition = new ListOffsetsRequest.ListOffsetsPartition();
            partition.partitionIndex = position.partition();
            partition.timestamp = position.offset();
            var topic = new ListOffsetsRequest.ListOffsetsTopic();
            topic.name = position.topic();
            topic.partitions.add(partition);
            request.topics.add(topic);
        }
        return request;
    }

    private List<GroupLag> elsewhere(ListOffsetsResponse response, List<CommittedPosition> positions) {
        var lags = new ArrayList<GroupLag>(positions.size());
        for (int i = 0; i < positions.size(); i++) {
            var told = response.topics.get(i).partitions.getFirst();
            if (told.errorCode == ErrorCode.NONE.code()) {
                lags.add(lag(positions.get(i), new LogPositions(told.offset, told.timestamp)));
            }
        }
        return lags;
    }

    private GroupLag lag(CommittedPosition position, LogPositions log) {
        long behind = GroupLag.UNKNOWN;
        if (position.offset() >= log.highWatermark()) {
            behind = 0;
        } else if (log.timestamp() >= 0) {
            behind = Math.max(0, clock.wallMillis() - log.timestamp());
        }
        return new GroupLag(position, log.highWatermark(), behind);
    }
}
