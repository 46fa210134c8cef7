package io.partita.broker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.partita.broker.env.Clock;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.log.AppendOrigin;
import io.partita.broker.log.AppendResult;
import io.partita.broker.log.ProducerDescription;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.record.EndMarker;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import io.partita.broker.transaction.MarkerSender;
import io.partita.broker.transaction.TopicPartition;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Writes markers to partitions that are led here. Those of the offsets topic go through the group coordinator, whose state they change. */
final class LocalMarkers implements MarkerSender {

    private static final short PROTOCOL_WITH_EPOCH_BUMPS = 2;
    private static final int BYTES = 128;

    private final Partitions partitions;
    private final GroupCoordinator groups;
    private final Supplier<ClusterImage> image;
    private final ByteBufAllocator allocator;
    private final Clock clock;

    LocalMarkers(Partitions partitions, GroupCoordinator groups, Supplier<ClusterImage> image, ByteBufAllocator allocator, Clock clock) {
        this.partitions = partitions;
        this.groups = groups;
        this.image = image;
        this.allocator = allocator;
        this.clock = clock;
    }

    /** Whether a partition is led here. */
    boolean leads(TopicPartition partition) {
        return partitions.find(partition.topic(), partition.partition()) != null;
    }

    /**
     * Markers of administrators. The epoch of a coordinator that such a one claims is held against the one that the log has seen and does not become that: the markers of
     * the coordinator itself would be refused from then on, and the next transaction would stay open for ever.
     */
    MarkerSender ofAdministrators() {
        return (partition, marker, outcome) -> {
            PartitionLeader leader = partitions.find(partition.topic(), partition.partition());
            if (leader == null) {
                send(partition, marker, outcome);
            } else {
                leader.whenOpen(failure -> send(partition, withoutLaterEpoch(leader, marker), outcome));
            }
        };
    }

    private static Marker withoutLaterEpoch(PartitionLeader leader, Marker marker) {
        int seen = -1;
        try {
            ProducerDescription known = leader.log().producer(marker.producer().id());
            if (known != null) {
                seen = known.coordinatorEpoch();
            }
        } catch (IOException unreadable) {
            // Then the append fails, too.
        }
        return new Marker(marker.producer(), marker.commit(), Math.min(marker.coordinatorEpoch(), seen), marker.protocol());
    }

    @Override
    public void send(TopicPartition partition, Marker marker, Consumer<ErrorCode> outcome) {
        PartitionLeader leader = partitions.find(partition.topic(), partition.partition());
        if (leader == null) {
            TopicImage topic = image.get().topic(partition.topic());
            boolean exists = topic != null && topic.partition(partition.partition()) != null;
            outcome.accept(exists ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        } else if (partition.topic().equals(GroupCoordinator.TOPIC)) {
            groups.endTransaction(partition.partition(), marker.producer(), marker.commit(), marker.coordinatorEpoch(), outcome::accept);
        } else {
            leader.whenOpen(failure -> write(leader, marker, outcome));
        }
    }

    private void write(PartitionLeader leader, Marker marker, Consumer<ErrorCode> outcome) {
        if (marker.protocol() >= PROTOCOL_WITH_EPOCH_BUMPS && isOfTheTransactionAfter(leader, marker)) {
            outcome.accept(ErrorCode.INVALID_PRODUCER_EPOCH);
            return;
        }
        ByteBuf batch = allocator.buffer(BYTES);
        new EndMarker(marker.commit(), marker.coordinatorEpoch()).write(batch, marker.producer().id(), marker.producer().epoch(), clock.wallMillis());
        leader.append(batch, AppendOrigin.INTERNAL, PartitionLeader.ACKS_ALL,
                result -> outcome.accept(result instanceof AppendResult.Refused refused ? refused.code() : ErrorCode.NONE));
    }

    /** A marker has a higher epoch than what it ends, where epochs rise with each end. One that comes again, late, must not end the next transaction. */
    private static boolean isOfTheTransactionAfter(PartitionLeader leader, Marker marker) {
        try {
            ProducerDescription known = leader.log().producer(marker.producer().id());
            return known != null && known.isInTransaction(marker.producer().epoch());
        } catch (IOException unreadable) {
            // Then the append fails, too.
            return false;
        }
    }
}
