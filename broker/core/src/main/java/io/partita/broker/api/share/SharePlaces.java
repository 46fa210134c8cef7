package io.partita.broker.api.share;

import io.partita.broker.api.PartitionLookup;
import io.partita.broker.api.Permission;
import io.partita.broker.api.RequestContext;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.share.SharePartition;
import io.partita.broker.share.SharePartitions;

/** Finds share-partitions for requests, or says why there are none. */
final class SharePlaces {

    /** @param partition null with an error */
    record Found(ErrorCode error, SharePartition partition) {}

    private final PartitionLookup lookup;
    private final SharePartitions partitions;

    SharePlaces(PartitionLookup lookup, SharePartitions partitions) {
        this.lookup = lookup;
        this.partitions = partitions;
    }

    PartitionLookup lookup() {
        return lookup;
    }

    SharePartitions partitions() {
        return partitions;
    }

    /** NONE where the client may do it with the topic, or there is none of the id: of that nobody learns anything. */
    ErrorCode refusal(RequestContext context, ShareSession.Place place, Permission permission) {
        String name = lookup.nameOf(place.topicId());
        return name != null && !permission.isGranted(context, name) ? permission.refusal() : ErrorCode.NONE;
    }

    Found find(RequestContext context, ShareSession session, ShareSession.Place place, Permission permission) {
        ErrorCode refusal = refusal(context, place, permission);
        if (refusal != ErrorCode.NONE) {
            return new Found(refusal, null);
        }
        PartitionLeader leader = lookup.find(place.topicId(), place.partition());
        ErrorCode error = lookup.check(leader, place.topicId(), place.partition(), PartitionLookup.NO_EPOCH);
        return error == ErrorCode.NONE ? new Found(ErrorCode.NONE, partitions.of(session.key(place), leader)) : new Found(error, null);
    }
}
