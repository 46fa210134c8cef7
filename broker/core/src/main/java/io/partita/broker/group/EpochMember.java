package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;

/**
 * A member of a group whose coordinator assigns, as it stands now. What the log has of it changes with its records; the rest is lost with the shard. Owned by
 * its group.
 *
 * @param <D> who it is and what it wants
 * @param <C> what it has
 * @param <R> what its heartbeats are answered with
 */
public abstract class EpochMember<D extends EpochMember.Description, C extends EpochMember.Current, R> {

    public final String memberId;
    private final C nothing;
    private D metadata;
    private C current;

    /** Ends its membership when it is silent. */
    final SessionTimer session = new SessionTimer();
    /** Ends its membership when it does not give up what it has to, or does not join again, in the epoch {@link #awaitedEpoch}. */
    final SessionTimer revocation = new SessionTimer();
    int awaitedEpoch;
    /** A heartbeat whose answer waits for a change. */
    public final HeldPlace<R> held = new HeldPlace<>();

    /** Who a member is and what it wants, as the log has it. */
    public interface Description {

        /** {@code group.instance.id}, null for a dynamic member. */
        default String instanceId() {
            return null;
        }

        /** How long it may take to give up what it has to. */
        default int rebalanceTimeoutMillis() {
            return 0;
        }

        /** About what it takes in memory. */
        long heapBytes();
    }

    /** What a member has, as the log has it. */
    public interface Current {

        /** The one the member is to say in its heartbeats. */
        int epoch();

        /** The one before, which the member says again when the answer that raised it got lost. */
        int previousEpoch();

        /** All that it has, or has not said that it no longer has. */
        Assigned held();
    }

    /** Things that are assigned. */
    public interface Assigned {
        int size();
    }

    /** @param nothing what a member has that has nothing */
    protected EpochMember(String memberId, D metadata, C nothing) {
        this.memberId = memberId;
        this.metadata = metadata;
        this.nothing = nothing;
        this.current = nothing;
    }

    /** An answer that says no more than that something went wrong. */
    protected abstract R failed(ErrorCode error);

    public final D metadata() {
        return metadata;
    }

    /** A record of it was taken in. */
    final void metadata(D written) {
        metadata = written;
    }

    public final C current() {
        return current;
    }

    /** A record of it was taken in; null says that it has nothing. */
    final void current(C written) {
        current = written == null ? nothing : written;
    }

    public final boolean isStatic() {
        return metadata.instanceId() != null;
    }

    /** Whether it is a static member that said it would be back. */
    public final boolean isAway() {
        return current.epoch() == MemberRequest.LEAVES_FOR_A_WHILE;
    }

    /** Whether another client may come with its {@code group.instance.id}. */
    protected boolean givesWay() {
        return isAway();
    }

    /** It has done what it was waited for. */
    public final void stopAwaiting() {
        revocation.stop();
    }

    /** It is out, or no longer ours: whoever waits is told so. */
    public final void end(ErrorCode error) {
        session.stop();
        revocation.stop();
        held.end(answer -> answer.give(failed(error)));
    }

    final void stopTimers() {
        session.stop();
        revocation.stop();
    }

    @Override
    public String toString() {
        return isStatic() ? memberId + " (" + metadata.instanceId() + ")" : memberId;
    }
}
