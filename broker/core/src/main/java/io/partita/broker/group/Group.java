package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;
import java.util.function.Consumer;

/**
 * A group, whatever protocol its members speak: what committed offsets, deletion and lists need to know of it. Owned by the event loop of its shard.
 *
 * <p>Each protocol has a package of its own with the state of its groups and what its requests do to them; the {@link GroupShard} is one for all.
 */
public sealed interface Group {

    /** Members find out among themselves who reads what, one of them for all ({@link io.partita.broker.group.classic}). */
    non-sealed interface Classic extends Group {}

    /** The coordinator assigns, by what members say in heartbeats ({@link io.partita.broker.group.consumer}). */
    non-sealed interface Consumers extends Group {}

    /** Members take records of the same partitions side by side ({@link io.partita.broker.group.share}). */
    non-sealed interface Shares extends Group {}

    /** Members work on tasks of one application, which the coordinator assigns ({@link io.partita.broker.group.streams}). */
    non-sealed interface Streams extends Group {}

    String groupId();

    GroupType type();

    /** Whether it has no members. */
    boolean isEmpty();

    /** Whether it may be deleted once it has no offsets any more: nobody is in it or about to be. */
    boolean mayBeDeleted();

    /** Nobody is in it or about to be, and the log has nothing of it: it may be forgotten when it has no offsets either. */
    boolean isUnused();

    /** How it is listed. */
    ListedGroup listed();

    /** What a commit is to be refused with, NONE when it may be made. */
    ErrorCode checkCommit(CommitRequest request);

    /** The same of a commit that is part of a transaction. */
    ErrorCode checkCommit(TransactionalCommitRequest request);

    /**
     * What a member's question for offsets is to be refused with, NONE when it may be answered.
     *
     * @param memberId null or empty from clients that do not say that they are members
     * @param memberEpoch −1 from them
     */
    ErrorCode checkFetch(String memberId, int memberEpoch);

    /** A commit was let in: whoever made it was heard from. */
    void committed(String memberId);

    /** Whether offsets may be deleted one by one while there are members: it is known then what they read. */
    boolean knowsWhatIsRead();

    /** Whether a member reads {@code topic}, or may for all that is known. */
    boolean isSubscribedTo(String topic);

    /** From when the retention of offsets counts. */
    Retention retention();

    /** The records that delete what the log has of it, offsets apart. */
    void delete(Consumer<GroupRecord> records);

    /** It is gone, or no longer ours: every waiting request is answered with {@code error}, and every timer stopped. */
    void close(ErrorCode error);

    /** It is forgotten: what is counted of it in memory is given back. */
    void release();

    /** When committed offsets of a group begin to age. */
    sealed interface Retention {

        /** They do not. */
        record Never() implements Retention {}

        /** Each from its commit, where nobody reads its topic ({@link #isSubscribedTo}). */
        record FromCommit() implements Retention {}

        /** All from when the group became empty, by the wall clock. */
        record FromEmpty(long sinceMillis) implements Retention {}
    }
}
