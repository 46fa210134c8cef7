package io.partita.broker.group;

import io.partita.broker.coordinator.WriteOutcome;
import io.partita.broker.env.Clock;
import io.partita.broker.group.FetchOffsetsResult.PartitionOffset;
import io.partita.broker.group.FetchOffsetsResult.TopicOffsets;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** OffsetCommit, TxnOffsetCommit, OffsetFetch and OffsetDelete. */
final class OffsetCommits {

    private final ShardContext shard;

    OffsetCommits(ShardContext shard) {
        this.shard = shard;
    }

    // ---- commit

    void commit(CommitRequest request, Answer<PartitionsResult> answer) {
        Group group = shard.group(request.groupId());
        // Offsets may be committed for a group that does not exist, which then does.
        ErrorCode error = group == null ? checkWithoutGroup(request.generation(), request.knowsGroupIdNotFound()) : group.checkCommit(request);
        if (error != ErrorCode.NONE) {
            answer.give(PartitionsResult.failed(error));
            return;
        }
        if (group != null) {
            group.committed(request.memberId());
        }
        long now = shard.clock.wallMillis();
        var results = new ArrayList<ErrorCode>(request.partitions().size());
        var records = new ArrayList<GroupRecord>(request.partitions().size());
        long growth = 0;
        for (var partition : request.partitions()) {
            String metadata = partition.metadata() == null ? "" : partition.metadata();
            if (metadata.length() > shard.config.offsetMetadataMaxLength()) {
                results.add(ErrorCode.OFFSET_METADATA_TOO_LARGE);
                continue;
            }
            growth += shard.offsets.growth(request.groupId(), partition.topic(), partition.partition(), metadata);
            results.add(ErrorCode.NONE);
            long expiry = request.retentionMillis() < 0 ? CommittedOffset.NO_EXPIRY : Clock.later(now, request.retentionMillis());
            long committed = partition.commitMillis() < 0 ? now : partition.commitMillis();
            records.add(new GroupRecord.OffsetCommitted(request.groupId(), partition.topic(), partition.partition(),
                    new CommittedOffset(partition.offset(), partition.leaderEpoch(), metadata, committed, expiry, partition.topicId())));
        }
        if (records.isEmpty()) {
            answer.give(new PartitionsResult(ErrorCode.NONE, results));
        } else if (!shard.memory.hasRoomFor(growth)) {
            shard.outOfMemory("Offsets of group " + request.groupId() + " are");
            answer.give(PartitionsResult.failed(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        } else {
            write(records, results, answer);
        }
    }

    private static ErrorCode checkWithoutGroup(int generation, boolean knowsGroupIdNotFound) {
        if (generation < 0) {
            return ErrorCode.NONE;
        }
        return knowsGroupIdNotFound ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
    }

    /** As {@link #commit}, but the offsets count once the producer's transaction is committed. */
    void commitTransactional(TransactionalCommitRequest request, Answer<PartitionsResult> answer) {
        Group group = shard.group(request.groupId());
        ErrorCode error = group == null ? checkWithoutGroup(request.generation(), request.knowsGroupIdNotFound()) : group.checkCommit(request);
        if (error != ErrorCode.NONE) {
            answer.give(PartitionsResult.failed(error));
            return;
        }
        long now = shard.clock.wallMillis();
        var results = new ArrayList<ErrorCode>(request.partitions().size());
        var records = new ArrayList<GroupRecord>(request.partitions().size());
        for (var partition : request.partitions()) {
            String metadata = partition.metadata() == null ? "" : partition.metadata();
            if (metadata.length() > shard.config.offsetMetadataMaxLength()) {
                results.add(ErrorCode.OFFSET_METADATA_TOO_LARGE);
                continue;
            }
            results.add(ErrorCode.NONE);
            records.add(new GroupRecord.OffsetCommitted(request.groupId(), partition.topic(), partition.partition(), new CommittedOffset(
                    partition.offset(), partition.leaderEpoch(), metadata, now, CommittedOffset.NO_EXPIRY, partition.topicId())));
        }
        if (records.isEmpty()) {
            answer.give(new PartitionsResult(ErrorCode.NONE, results));
        } else {
            shard.coordinator().writeTransactional(request.producer(), records, filling(results, answer));
        }
    }

    /** Writes {@code records}; if that fails, all partitions that were to be written fail. */
    private void write(List<GroupRecord> records, List<ErrorCode> results, Answer<PartitionsResult> answer) {
        shard.write(records, filling(results, answer));
    }

    private static WriteOutcome filling(List<ErrorCode> results, Answer<PartitionsResult> answer) {
        return new WriteOutcome() {
            @Override
            public void committed() {
                answer.give(new PartitionsResult(ErrorCode.NONE, results));
            }

            @Override
            public void failed(ErrorCode code) {
                results.replaceAll(result -> result == ErrorCode.NONE ? code : result);
                answer.give(new PartitionsResult(ErrorCode.NONE, results));
            }
        };
    }

    // ---- fetch

    /** Answers with what is known now, once all of it is committed. */
    void fetch(FetchOffsetsRequest request, Answer<FetchOffsetsResult> answer) {
        Group group = shard.group(request.groupId());
        ErrorCode error = group == null ? ErrorCode.NONE : group.checkFetch(request.memberId(), request.memberEpoch());
        FetchOffsetsResult result = error == ErrorCode.NONE ? read(request) : new FetchOffsetsResult(error, List.of());
        shard.write(List.of(), new WriteOutcome() {
            @Override
            public void committed() {
                answer.give(result);
            }

            @Override
            public void failed(ErrorCode code) {
                // Not every client can bear COORDINATOR_NOT_AVAILABLE here; all try again after this one.
                ErrorCode told = code == ErrorCode.COORDINATOR_NOT_AVAILABLE ? ErrorCode.NOT_COORDINATOR : code;
                answer.give(new FetchOffsetsResult(told, List.of()));
            }
        });
    }

    private FetchOffsetsResult read(FetchOffsetsRequest request) {
        var committed = shard.offsets.topics(request.groupId());
        var topics = new ArrayList<TopicOffsets>();
        if (request.topics() == null) {
            committed.forEach((topic, partitions) -> {
                var offsets = new ArrayList<PartitionOffset>(partitions.size());
                partitions.forEach((partition, offset) -> offsets.add(new PartitionOffset(partition, offset,
                        isUnstable(request, topic, partition))));
                topics.add(new TopicOffsets(topic, offsets));
            });
        } else {
            for (var topic : request.topics()) {
                var offsets = new ArrayList<PartitionOffset>(topic.partitions().size());
                for (int partition : topic.partitions()) {
                    CommittedOffset offset = shard.offsets.get(request.groupId(), topic.topic(), partition);
                    // An offset of a topic that was deleted means nothing in another one of the same name.
                    offsets.add(new PartitionOffset(partition, offset != null && offset.belongsTo(topic.topicId()) ? offset : null,
                            isUnstable(request, topic.topic(), partition)));
                }
                topics.add(new TopicOffsets(topic.topic(), offsets));
            }
        }
        return new FetchOffsetsResult(ErrorCode.NONE, topics);
    }

    private boolean isUnstable(FetchOffsetsRequest request, String topic, int partition) {
        return request.requireStable() && shard.pending.isPending(request.groupId(), topic, partition);
    }

    // ---- delete

    void delete(DeleteOffsetsRequest request, Answer<PartitionsResult> answer) {
        Group group = shard.group(request.groupId());
        if (group == null) {
            answer.give(PartitionsResult.failed(ErrorCode.GROUP_ID_NOT_FOUND));
            return;
        }
        if (!group.isEmpty() && !group.knowsWhatIsRead()) {
            answer.give(PartitionsResult.failed(ErrorCode.NON_EMPTY_GROUP));
            return;
        }
        var results = new ArrayList<ErrorCode>(request.partitions().size());
        var records = new ArrayList<GroupRecord>();
        for (var partition : request.partitions()) {
            boolean subscribed = !group.isEmpty() && group.isSubscribedTo(partition.topic());
            results.add(subscribed ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE);
            if (!subscribed && (shard.offsets.get(request.groupId(), partition.topic(), partition.partition()) != null
                    || shard.pending.isPending(request.groupId(), partition.topic(), partition.partition()))) {
                records.add(new GroupRecord.OffsetCommitted(request.groupId(), partition.topic(), partition.partition(), null));
            }
        }
        if (records.isEmpty()) {
            answer.give(new PartitionsResult(ErrorCode.NONE, results));
        } else {
            write(records, results, answer);
        }
    }
}
