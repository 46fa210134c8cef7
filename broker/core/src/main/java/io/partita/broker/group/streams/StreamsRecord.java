package io.partita.broker.group.streams;

import io.partita.broker.group.EpochRecord;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;

/** A change of a streams group that must survive, as a record of {@code __consumer_offsets} has it. Null stands for a deletion. */
public sealed interface StreamsRecord extends EpochRecord {

    /** What is to be assigned changed; null deletes the group. */
    record GroupEpoch(String groupId, Metadata value) implements StreamsRecord {}

    /** What the application is. */
    record Described(String groupId, Topology value) implements StreamsRecord {}

    /** A member came, or is another than before. */
    record Member(String groupId, String memberId, StreamsMemberMetadata value) implements StreamsRecord {}

    /** What is to be was found out for an epoch. */
    record TargetEpoch(String groupId, Target value) implements StreamsRecord {}

    /** A member is to have something else. */
    record MemberTarget(String groupId, String memberId, Tasks value) implements StreamsRecord {}

    /** A member has something else. */
    record Current(String groupId, String memberId, CurrentTasks value) implements StreamsRecord {}

    /**
     * From what is assigned.
     *
     * @param hash of the topics
     * @param readyEpoch the epoch of the topology whose topics are all there, −1 while some are not
     * @param settings of the group that count for it
     */
    record Metadata(int epoch, long hash, int readyEpoch, SortedMap<String, String> settings) {

        public Metadata {
            settings = Collections.unmodifiableSortedMap(settings);
        }

        boolean isFrom(long otherHash, int otherReadyEpoch, Map<String, String> otherSettings) {
            return hash == otherHash && readyEpoch == otherReadyEpoch && settings.equals(otherSettings);
        }
    }
}
