package io.partita.broker.group.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.group.Given;
import io.partita.broker.group.GroupFixture;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** A group of a thousand members on ten thousand partitions comes to rest, without work that grows with the square of either. */
class LargeGroupTest {

    private static final int MEMBERS = 1_000;
    private static final int PARTITIONS = 10_000;

    @Test
    void aThousandMembersShareTenThousandPartitions() {
        // Given
        var f = new ConsumerGroupFixture();
        f.shard.topics.put("large", PARTITIONS);
        var members = new ArrayList<ConsumerGroupFixture.TestConsumer>();
        // When
        for (int i = 0; i < MEMBERS; i++) {
            var member = f.consumer("m-" + i, "large").as(GroupFixture.UNKNOWN);
            members.add(member);
            member.join();
        }
        int rounds = 0;
        while (f.group().state() != ConsumerGroupState.STABLE) {
            members.forEach(ConsumerGroupFixture.TestConsumer::beat);
            rounds++;
        }
        // Then
        members.forEach(member -> assertEquals(PARTITIONS / MEMBERS, member.owned.size()));
        assertTrue(rounds <= 4, "rounds of heartbeats: " + rounds);
        // Partitions move from member to member one by one while they come; each move is a few records, however many others there are.
        int records = f.shard.log.committedRecordCounts().stream().mapToInt(Integer::intValue).sum();
        assertTrue(records < 50 * MEMBERS, "records: " + records);
    }
}
