package io.partita.broker.group;

import static io.partita.broker.group.GroupFixture.GROUP;
import static io.partita.broker.group.GroupFixture.offset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupDeletionTest {

    private final GroupFixture f = new GroupFixture();

    private Given<ErrorCode> delete() {
        var given = new Given<ErrorCode>();
        f.shard.deleteGroup(GROUP, given);
        f.loop.runTasks();
        return given;
    }

    @Test
    void onlyAnEmptyGroupIsDeletedAndWithItItsOffsets() {
        // Given
        assertEquals(ErrorCode.GROUP_ID_NOT_FOUND, delete().get());
        String member = f.stableGroup(1).getFirst();
        f.commit(member, 1, offset("t", 0, 1));

        // Then
        assertEquals(ErrorCode.NON_EMPTY_GROUP, delete().get());
        f.leave(member);
        assertEquals(ErrorCode.NONE, delete().get());
        assertNull(f.group());
        assertEquals(0, f.shard.offsetCount());
        f.start();
        assertNull(f.group());
        assertEquals(0, f.shard.offsetCount());
    }

    @Test
    void commitsUnderWayGoWithTheGroup() {
        // Given
        f.commit("", -1, offset("t", 0, 1));
        f.log.commitsAtOnce(false);
        var commit = f.commit("", -1, offset("t", 1, 2));

        // When
        var deletion = delete();
        assertFalse(deletion.isGiven());
        f.log.commitAll();
        f.loop.runTasks();
        f.log.commitAll();
        f.loop.runTasks();

        // Then
        assertEquals(List.of(ErrorCode.NONE), commit.get().partitions());
        assertEquals(ErrorCode.NONE, deletion.get());
        assertEquals(0, f.shard.offsetCount());
        assertNull(f.group());
    }

    @Test
    void whoComesMeanwhileFindsANewGroup() {
        // Given
        f.leave(f.stableGroup(1).getFirst());
        f.log.commitsAtOnce(false);
        var deletion = delete();

        // When
        var join = f.join("");
        var commit = f.commit("", -1, offset("t", 0, 5));
        var again = delete();
        assertFalse(deletion.isGiven());
        f.log.commitAll();
        f.loop.runTasks();

        // Then
        assertEquals(ErrorCode.NONE, deletion.get());
        assertEquals(ErrorCode.MEMBER_ID_REQUIRED, join.get().error());
        assertEquals(List.of(ErrorCode.NONE), commit.get().partitions());
        assertEquals(ErrorCode.NONE, again.get());
        assertEquals(-1, f.committed("t", 0));
    }

    @Test
    void aDeletionThatCannotBeWrittenChangesNothing() {
        // Given
        f.commit("", -1, offset("t", 0, 1));
        f.log.failsWith(ErrorCode.KAFKA_STORAGE_ERROR);

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, delete().get());
        f.log.failsWith(null);
        assertEquals(1, f.committed("t", 0));
        assertEquals(ErrorCode.NONE, delete().get());
    }

    @Test
    void aDeletionCommittedAfterItWasGivenUpSparesAGroupThatCameToLifeAgain() {
        // Given
        f.leave(f.stableGroup(1).getFirst());
        f.log.commitsAtOnce(false);
        var deletion = delete();
        f.loop.advance(5_000);
        assertEquals(ErrorCode.COORDINATOR_NOT_AVAILABLE, deletion.get());
        var joining = f.joinNew();

        // When
        f.log.commitAll();
        f.loop.runTasks();

        // Then
        assertNotNull(f.group());
        assertNotNull(f.group().member(joining.memberId()));
    }

    @Test
    void aShardThatGoesMeanwhileSendsEverybodyElsewhere() {
        // Given
        f.leave(f.stableGroup(1).getFirst());
        f.log.commitsAtOnce(false);
        var deletion = delete();
        var commit = f.commit("", -1, offset("t", 0, 5));

        // When
        f.shard.close();
        f.loop.runTasks();

        // Then
        assertEquals(ErrorCode.NOT_COORDINATOR, deletion.get());
        assertEquals(List.of(ErrorCode.NOT_COORDINATOR), commit.get().partitions());
    }
}
