package io.partita.broker.group;

import io.partita.broker.group.classic.ClassicGroups;
import io.partita.broker.group.consumer.ConsumerGroup;
import io.partita.broker.group.consumer.ConsumerGroups;
import io.partita.broker.group.streams.StreamsGroup;
import io.partita.broker.group.streams.StreamsGroups;
import io.partita.broker.protocol.ErrorCode;

/** The requests of the classic protocol: to whichever kind of group their member is in. */
final class ClassicRequests {

    private final ShardContext shard;
    private final ClassicGroups classic;
    private final ConsumerGroups consumer;
    private final StreamsGroups streams;

    ClassicRequests(ShardContext shard, ClassicGroups classic, ConsumerGroups consumer, StreamsGroups streams) {
        this.shard = shard;
        this.classic = classic;
        this.consumer = consumer;
        this.streams = streams;
    }

    void join(JoinRequest request, Answer<JoinResult> answer) {
        if (shard.shareGroup(request.groupId()) != null) {
            answer.give(JoinResult.failed(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId()));
            return;
        }
        StreamsGroup application = shard.streamsGroup(request.groupId());
        if (application != null && !application.isEmpty()) {
            answer.give(JoinResult.failed(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId()));
            return;
        }
        if (application != null) {
            streams.giveWay(application);
        }
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (group != null && group.isEmpty()) {
            consumer.giveWay(group);
            group = null;
        }
        if (group == null || !consumer.classicMembers().join(group, request, answer)) {
            classic.join(request, answer);
        }
    }

    void sync(SyncRequest request, Answer<SyncResult> answer) {
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (group == null) {
            classic.sync(request, answer);
        } else {
            consumer.classicMembers().sync(group, request, answer);
        }
    }

    void heartbeat(HeartbeatRequest request, Answer<ErrorCode> answer) {
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (group == null) {
            classic.heartbeat(request, answer);
        } else {
            consumer.classicMembers().heartbeat(group, request, answer);
        }
    }

    void leave(LeaveRequest request, Answer<LeaveResult> answer) {
        ConsumerGroup group = shard.consumerGroup(request.groupId());
        if (group == null) {
            classic.leave(request, answer);
        } else {
            consumer.classicMembers().leave(group, request, answer);
        }
    }
}
