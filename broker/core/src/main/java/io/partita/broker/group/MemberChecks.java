package io.partita.broker.group;

import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is a member of a group whose coordinator assigns, and who may become one. Null where nothing is to be refused. */
public final class MemberChecks {

    private static final Logger LOG = LoggerFactory.getLogger(MemberChecks.class);

    private MemberChecks() {}

    /**
     * What a heartbeat is to be refused with whose sender is not a member in the epoch that it says, nor may become one.
     *
     * @param group null when there is none
     * @param hadAll whether a member has all that the request says it has: the answer that told it of its epoch may have been lost, and then it has nothing
     *            that it was not given before
     */
    public static <M extends EpochMember<?, ?, ?>> Refusal refusal(EpochMembers<M> group, MemberRequest request, Predicate<M> hadAll) {
        if (request.instanceId() != null) {
            M current = group == null ? null : group.staticMember(request.instanceId());
            return request.joins() ? refusalOfStaticJoin(current, request) : refusalOfStatic(group, current, request, hadAll);
        }
        if (request.joins()) {
            return null;
        }
        M member = group == null ? null : group.member(request.memberId());
        if (member == null) {
            return new Refusal(ErrorCode.UNKNOWN_MEMBER_ID, "Member " + request.memberId() + " is not a member of group " + request.groupId() + ".");
        }
        return refusalOfEpoch(group, member, request, hadAll);
    }

    private static Refusal refusalOfStaticJoin(EpochMember<?, ?, ?> current, MemberRequest request) {
        if (current == null || current.givesWay() || current.memberId.equals(request.memberId())) {
            return null;
        }
        return new Refusal(ErrorCode.UNRELEASED_INSTANCE_ID, "Static member " + request.memberId() + " with instance id "
                + request.instanceId() + " was not added to the group, because the instance id is used by another member, " + current.memberId
                + ", which has not left. It can join when that one's session is over.");
    }

    private static <M extends EpochMember<?, ?, ?>> Refusal refusalOfStatic(EpochMembers<M> group, M current, MemberRequest request, Predicate<M> hadAll) {
        if (current == null) {
            return new Refusal(ErrorCode.UNKNOWN_MEMBER_ID, "Instance id " + request.instanceId() + " is unknown.");
        }
        if (!current.memberId.equals(request.memberId())) {
            return new Refusal(ErrorCode.FENCED_INSTANCE_ID, "Static member " + request.memberId() + " with instance id "
                    + request.instanceId() + " was fenced by member " + current.memberId + ".");
        }
        return refusalOfEpoch(group, current, request, hadAll);
    }

    private static <M extends EpochMember<?, ?, ?>> Refusal refusalOfEpoch(EpochMembers<M> group, M member, MemberRequest request, Predicate<M> hadAll) {
        EpochMember.Current current = member.current();
        int epoch = request.epoch();
        if (request.leaves() || epoch == current.epoch() || epoch < current.epoch() && epoch == current.previousEpoch() && hadAll.test(member)) {
            return null;
        }
        return new Refusal(ErrorCode.FENCED_MEMBER_EPOCH, "The " + group.type().displayName() + " group member has a "
                + (epoch > current.epoch() ? "greater" : "smaller") + " member epoch (" + epoch + ") than the one known by the group coordinator ("
                + current.epoch() + "). The member must abandon all its " + (group.type() == GroupType.STREAMS ? "tasks" : "partitions") + " and rejoin.");
    }

    /** What another member is to be refused with of a group that has as many as it may. */
    public static Refusal full(EpochMembers<?> group, MemberRequest request, int max) {
        boolean isThere = group == null || group.member(request.memberId()) != null
                || request.instanceId() != null && group.staticMember(request.instanceId()) != null;
        if (isThere || group.size() < max) {
            return null;
        }
        String type = group.type().displayName();
        LOG.info("Group {} has as many members as group.{}.max.size allows: {} is turned away.", request.groupId(), type, request.client().clientId());
        return new Refusal(ErrorCode.GROUP_MAX_SIZE_REACHED, "The " + type + " group has reached its maximum capacity of " + max + " members.");
    }

    /** What a member is to be refused with whose subscription is more than a record holds. */
    public static Refusal tooLarge(ShardContext shard, List<String> topicNames) {
        return bytes(topicNames) <= shard.recordBytesMax()
                ? null
                : new Refusal(ErrorCode.INVALID_REQUEST, "SubscribedTopicNames take more than a record of __consumer_offsets holds ("
                        + shard.recordBytesMax() + " bytes, max.message.bytes).");
    }

    /** About what names take in memory. */
    public static long bytes(List<String> names) {
        return names == null ? 0 : 2L * names.stream().mapToLong(String::length).sum();
    }

    /** What a member is to be refused with that there is no memory for. */
    public static Refusal noMemory(ShardContext shard, MemberRequest request, long bytes) {
        if (shard.memory.hasRoomFor(bytes)) {
            return null;
        }
        shard.outOfMemory("Members of group " + request.groupId() + " are");
        return new Refusal(ErrorCode.COORDINATOR_NOT_AVAILABLE, null);
    }
}
