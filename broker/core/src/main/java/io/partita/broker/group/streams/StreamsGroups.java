package io.partita.broker.group.streams;

import io.partita.broker.group.Answer;
import io.partita.broker.group.EpochGroupConfig;
import io.partita.broker.group.Group;
import io.partita.broker.group.GroupRecord;
import io.partita.broker.group.MemberChecks;
import io.partita.broker.group.MemberRequest;
import io.partita.broker.group.MemberSessions;
import io.partita.broker.group.Refusal;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.StreamsGroupConfig;
import io.partita.broker.group.classic.ClassicGroup;
import io.partita.broker.group.classic.HeartbeatHold;
import io.partita.broker.group.streams.ResolvedTopology.MissingTopic;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of members of streams groups in one shard, on its event loop.
 *
 * <p>A heartbeat says what changed; that is written. If it changes what is to be assigned, the group's epoch rises and the target is made anew
 * ({@link StreamsTargets}). Then the member goes its next step towards that, or towards what it is to have on the way ({@link WarmUps}), and is told. Every
 * write takes effect at once ({@link StreamsGroup#apply}), and one turn of the loop writes one batch; answers are given when everything before them is
 * committed. Topics that are missing are told to whoever sent the request, to be made with its rights.
 */
public final class StreamsGroups {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsGroups.class);
    /** While tasks wait for copies of their state it is looked this often whether they still have to. */
    private static final int COPIES_MILLIS = 5_000;

    private final ShardContext shard;
    private final StreamsTargets targets;
    private final StreamsMemberships memberships;
    private final MemberSessions<StreamsGroup, StreamsMember> sessions;

    public StreamsGroups(ShardContext shard) {
        this.shard = shard;
        this.targets = new StreamsTargets(shard);
        this.memberships = new StreamsMemberships(shard);
        this.sessions = new MemberSessions<>(shard, (group, member) -> shard.streamsConfig(group.groupId()).sessionTimeoutMillis(), this::remove);
    }

    /** A group of nothing yet. */
    public StreamsGroup create(String groupId) {
        return new StreamsGroup(groupId, shard.memory, (int) (shard.clock.wallMillis() / 1_000) & Integer.MAX_VALUE >> 1);
    }

    /** Takes in a record. */
    public void apply(StreamsRecord record) {
        StreamsGroup group = record.deletes() ? shard.streamsGroup(record.groupId()) : shard.streamsOrNew(record.groupId());
        if (group != null && !group.apply(record)) {
            group.stopTimers();
            shard.gone(group);
        }
    }

    /** The log was replayed: members' sessions begin, and what changed meanwhile is assigned. */
    public void loaded(StreamsGroup group) {
        for (StreamsMember member : List.copyOf(group.members())) {
            sessions.restart(group, member);
            if (member.current().state() == StreamsMemberState.UNREVOKED_TASKS) {
                sessions.await(group, member);
            }
        }
        group.onTheWay(targets.goals(group, shard.topics()));
        if (!group.isEmpty()) {
            refresh(group, false);
        }
    }

    /** Topics of these names came, went or changed: members whose application needs them are told at once. */
    public void topicsChanged(Collection<String> names) {
        for (Group group : shard.groups()) {
            if (group instanceof StreamsGroup streams && names.stream().anyMatch(streams::needs)) {
                streams.topicsChanged();
                if (!streams.isEmpty()) {
                    refresh(streams, false);
                    releaseAll(streams);
                }
            }
        }
    }

    // ---- heartbeat

    public void heartbeat(StreamsHeartbeatRequest request, Answer<StreamsHeartbeatResult> given) {
        Answer<StreamsHeartbeatResult> answer = shard.committed(given, error -> StreamsHeartbeatResult.failed(error, null));
        Refusal refusal = StreamsRequestRules.refusal(request);
        if (refusal == null) {
            refusal = tooLarge(request);
        }
        if (refusal == null) {
            refusal = takeOver(request);
        }
        StreamsGroup group = shard.streamsGroup(request.groupId());
        if (refusal == null) {
            refusal = StreamsMemberships.refusal(group, request);
        }
        if (refusal == null && request.joins()) {
            refusal = room(group, request);
        }
        if (refusal == null && request.joins()) {
            refusal = describe(group, request);
        }
        if (refusal != null) {
            answer.give(StreamsHeartbeatResult.failed(refusal));
        } else if (request.leaves()) {
            leave(group, request, answer);
        } else {
            beat(request, answer);
        }
    }

    /** A classic group of that name in which nobody is gives way to one whose first member this is. */
    private Refusal takeOver(StreamsHeartbeatRequest request) {
        Group known = shard.group(request.groupId());
        if (known == null || known instanceof StreamsGroup) {
            return null;
        }
        if (!(known instanceof ClassicGroup classic) || classic.size() > 0) {
            return new Refusal(ErrorCode.GROUP_ID_NOT_FOUND, "Group " + request.groupId() + " is not a streams group.");
        }
        if (request.joins()) {
            classic.close(ErrorCode.UNKNOWN_MEMBER_ID);
            if (classic.image() != null) {
                shard.write(deletion(classic));
            }
        }
        return null;
    }

    /** A group without members makes room for a classic one. */
    public void giveWay(StreamsGroup group) {
        shard.write(deletion(group));
    }

    private static List<GroupRecord> deletion(Group group) {
        var records = new ArrayList<GroupRecord>();
        group.delete(records::add);
        return records;
    }

    /** What a member says must fit into a record each. */
    private Refusal tooLarge(StreamsHeartbeatRequest request) {
        long topology = request.topology() == null ? 0 : request.topology().length();
        long member = request.client().clientId().length() + length(request.processId()) + length(request.instanceId()) + length(request.rackId())
                + (request.endpoint() == null ? 0 : length(request.endpoint().host())) + (request.tags() == null ? 0 : Topology.length(request.tags()));
        // A character takes up to three bytes.
        return 3 * Math.max(topology, member) <= shard.recordBytesMax()
                ? null
                : new Refusal(ErrorCode.INVALID_REQUEST, (topology > member ? "Topology takes" : "ProcessId and ClientTags take")
                        + " more than a record of __consumer_offsets holds (" + shard.recordBytesMax() + " bytes, max.message.bytes).");
    }

    private static int length(String text) {
        return text == null ? 0 : text.length();
    }

    /** Whether a member may join: null when it may. */
    private Refusal room(StreamsGroup group, StreamsHeartbeatRequest request) {
        Refusal full = MemberChecks.full(group, request, shard.streamsConfig(request.groupId()).maxSize());
        return full != null ? full : MemberChecks.noMemory(shard, request, 2 * request.topology().length());
    }

    /** The application as the member says it: one that nobody runs may be another than before. Null when it is taken. */
    private Refusal describe(StreamsGroup group, StreamsHeartbeatRequest request) {
        Topology known = group == null ? null : group.topology();
        Topology said = request.topology();
        if (said.equals(known) || known != null && !group.isEmpty() && said.epoch() < known.epoch()) {
            // One that is older is told so in the answers' status.
            return null;
        }
        if (known != null && !group.isEmpty()) {
            return new Refusal(ErrorCode.INVALID_REQUEST, "Topology updates are not supported yet. Stop all members of group "
                    + request.groupId() + " first; then its topology can be another one.");
        }
        if (TopologyResolver.resolve(said, shard.topics()) instanceof ResolvedTopology.Impossible(String reason)) {
            return new Refusal(ErrorCode.STREAMS_INVALID_TOPOLOGY, reason);
        }
        LOG.info("Streams group {} has the topology of member {}, of epoch {}.", request.groupId(), request.memberId(), said.epoch());
        write(new StreamsRecord.Described(request.groupId(), said));
        return null;
    }

    private void beat(StreamsHeartbeatRequest request, Answer<StreamsHeartbeatResult> answer) {
        StreamsGroup known = shard.streamsGroup(request.groupId());
        boolean first = known == null || known.isEmpty();
        boolean changed = memberships.update(request);
        StreamsGroup group = shard.streamsGroup(request.groupId());
        StreamsMember member = group.member(request.memberId());
        if (first) {
            waitForMore(group);
        }
        boolean retargeted = refresh(group, heard(group, member, request) || changed);
        Tasks before = member.current().assigned();
        reconcile(group, member, request.owned());
        sessions.restart(group, member);
        if (request.shutdown() && group.shutdownBy == null) {
            LOG.info("Member {} wants all of streams group {} to stop.", member, group.groupId());
            group.shutdownBy = member.memberId;
            releaseAll(group);
        }
        if (retargeted) {
            wake(group);
        }
        boolean tell = request.joins() || request.epoch() != member.current().epoch() || request.processId() != null
                || !member.current().assigned().equals(before);
        member.held.release();
        answer(group, member, tell, request, answer);
    }

    /** As {@link StreamsTargets#refresh}; and while tasks wait for copies of their state, time is one of the things that change. */
    private boolean refresh(StreamsGroup group, boolean changed) {
        boolean retargeted = targets.refresh(group, changed);
        watchCopies(group);
        return retargeted;
    }

    private void watchCopies(StreamsGroup group) {
        if (group.copies == null && !group.isEmpty() && group.waitsForCopies()) {
            group.copies = shard.loop.schedule(COPIES_MILLIS, () -> {
                group.copies = null;
                if (shard.group(group.groupId()) == group && !group.isEmpty() && refresh(group, isAnotherWay(group))) {
                    wake(group);
                }
            });
        }
    }

    /** A group that begins waits for more members, so that tasks do not go to one only to be taken away again. */
    private void waitForMore(StreamsGroup group) {
        int millis = shard.streamsConfig(group.groupId()).initialDelayMillis();
        if (millis > 0 && group.delay == null) {
            targets.begin(group);
            group.delay = shard.loop.schedule(millis, () -> {
                group.delay = null;
                if (shard.group(group.groupId()) == group && refresh(group, false)) {
                    releaseAll(group);
                }
            });
        }
    }

    /** Takes in how far the member's copies of state are. Whether somebody is to have something else by that. */
    private boolean heard(StreamsGroup group, StreamsMember member, StreamsHeartbeatRequest request) {
        Map<TaskId, Long> said = known(group, request.lags());
        if (said == null) {
            return false;
        }
        boolean news = !said.equals(member.lags());
        member.lags(said, shard.clock.monotonicMillis());
        return news && isAnotherWay(group);
    }

    /** Whether somebody is to have something else now on the way to the target. */
    private boolean isAnotherWay(StreamsGroup group) {
        return group.epoch() == group.targetEpoch() && !targets.goals(group, shard.topics()).equals(group.onTheWay());
    }

    /** What is said of tasks that there are. */
    private Map<TaskId, Long> known(StreamsGroup group, Map<TaskId, Long> lags) {
        if (lags == null || !(group.resolved(shard.topics()) instanceof ResolvedTopology.Ready(SortedMap<String, Integer> counts))) {
            return null;
        }
        var known = new HashMap<TaskId, Long>();
        lags.forEach((task, lag) -> {
            if (task.partition() >= 0 && task.partition() < counts.getOrDefault(task.subtopology(), 0)) {
                known.put(task, lag);
            }
        });
        return known;
    }

    // ---- the end of a membership

    private void leave(StreamsGroup group, StreamsHeartbeatRequest request, Answer<StreamsHeartbeatResult> answer) {
        StreamsMember member = request.instanceId() == null ? group.member(request.memberId()) : group.staticMember(request.instanceId());
        if (request.epoch() == MemberRequest.LEAVES_FOR_A_WHILE) {
            memberships.leaveForAWhile(group, member);
            wake(group);
        } else {
            LOG.info("Member {} leaves streams group {}.", member, group.groupId());
            remove(group, member);
        }
        answer.give(new StreamsHeartbeatResult(ErrorCode.NONE, null, member.memberId, request.epoch(), times(group), List.of(), null, group.endpointEpoch(),
                null, List.of()));
    }

    private void remove(StreamsGroup group, StreamsMember member) {
        memberships.remove(group, member);
        refresh(group, true);
        wake(group);
    }

    // ---- assignments

    /** The member's next step. */
    private void reconcile(StreamsGroup group, StreamsMember member, Tasks owned) {
        CurrentTasks now = member.current();
        CurrentTasks next = next(group, member, owned);
        if (next.equals(now)) {
            return;
        }
        write(new StreamsRecord.Current(group.groupId(), member.memberId, next));
        if (next.state() == StreamsMemberState.UNREVOKED_TASKS) {
            sessions.await(group, member);
        } else {
            member.stopAwaiting();
        }
        if (!next.held().containsAll(now.held())) {
            wake(group);
        }
    }

    private static CurrentTasks next(StreamsGroup group, StreamsMember member, Tasks owned) {
        return TaskReconciliation.next(member.current(), group.targetEpoch(), group.goal(member.memberId), owned,
                (role, task) -> group.isFreeFor(member, role, task));
    }

    /** Something changed in the group: members whose heartbeats wait are told what it means for them. */
    private void wake(StreamsGroup group) {
        for (StreamsMember member : List.copyOf(group.members())) {
            if (member.held.isHeld() && hasNews(group, member)) {
                member.held.end(answer -> {
                    reconcile(group, member, null);
                    answer.give(told(group, member, true, null));
                });
            }
        }
    }

    private static boolean hasNews(StreamsGroup group, StreamsMember member) {
        CurrentTasks now = member.current();
        CurrentTasks next = next(group, member, null);
        return !next.assigned().equals(now.assigned()) || !next.revoking().equals(now.revoking());
    }

    /** Members whose heartbeats wait are to come again: what all of them are told is another than before. */
    private void releaseAll(StreamsGroup group) {
        for (StreamsMember member : List.copyOf(group.members())) {
            member.held.end(answer -> {
                reconcile(group, member, null);
                answer.give(told(group, member, true, null));
            });
        }
    }

    private void answer(StreamsGroup group, StreamsMember member, boolean tell, StreamsHeartbeatRequest request, Answer<StreamsHeartbeatResult> answer) {
        StreamsHeartbeatResult result = told(group, member, tell, request);
        boolean waits = !tell && member.current().state() != StreamsMemberState.UNREVOKED_TASKS && HeartbeatHold.isKnown(request.client());
        long millis = waits ? EpochGroupConfig.holdMillis(shard.config, shard.streamsConfig(group.groupId()).sessionTimeoutMillis()) : 0;
        if (millis > 0) {
            member.held.hold(shard.loop, millis, answer, result);
        } else {
            answer.give(result);
        }
    }

    /** @param request that is answered; null for one whose sender knows nothing new of endpoints */
    private StreamsHeartbeatResult told(StreamsGroup group, StreamsMember member, boolean tell, StreamsHeartbeatRequest request) {
        boolean knowsEndpoints = request != null && request.endpointEpoch() == group.endpointEpoch();
        return new StreamsHeartbeatResult(ErrorCode.NONE, null, member.memberId, member.current().epoch(), times(group), statuses(group, member),
                tell ? member.current().assigned() : null, group.endpointEpoch(),
                knowsEndpoints ? null : List.copyOf(group.endpoints(shard.topics())), missing(group));
    }

    private List<StreamsStatus> statuses(StreamsGroup group, StreamsMember member) {
        var statuses = new ArrayList<StreamsStatus>();
        int epoch = member.metadata().topologyEpoch();
        if (epoch < group.topology().epoch()) {
            statuses.add(new StreamsStatus(StreamsStatus.Code.STALE_TOPOLOGY, "The member's topology epoch " + epoch
                    + " is behind the group's topology epoch " + group.topology().epoch() + "."));
        }
        if (group.resolved(shard.topics()) instanceof ResolvedTopology.NotReady(StreamsStatus status, List<MissingTopic> missing)) {
            statuses.add(status);
        } else if (group.delay != null) {
            statuses.add(new StreamsStatus(StreamsStatus.Code.ASSIGNMENT_DELAYED,
                    "The group waits for more members before its first assignment (group.streams.initial.rebalance.delay.ms)."));
        }
        if (group.shutdownBy != null) {
            statuses.add(new StreamsStatus(StreamsStatus.Code.SHUTDOWN_APPLICATION, "Streams group member " + group.shutdownBy
                    + " encountered a fatal error and requested a shutdown for the entire application."));
        }
        return statuses;
    }

    private List<MissingTopic> missing(StreamsGroup group) {
        return group.resolved(shard.topics()) instanceof ResolvedTopology.NotReady(StreamsStatus status, List<MissingTopic> missing) ? missing : List.of();
    }

    private StreamsHeartbeatResult.Times times(StreamsGroup group) {
        StreamsGroupConfig config = shard.streamsConfig(group.groupId());
        return new StreamsHeartbeatResult.Times(intervalMillis(group, config), config.taskOffsetIntervalMillis(), config.acceptableLag());
    }

    /**
     * As for consumer groups: those of small groups are asked to come more often than set, unless the group was set to something itself. Clients give up when
     * sources are missing for twice this long, which is not to be sooner than with Kafka.
     */
    private int intervalMillis(StreamsGroup group, StreamsGroupConfig config) {
        boolean sourcesMissing = group.topology() != null
                && group.resolved(shard.topics()) instanceof ResolvedTopology.NotReady(StreamsStatus status, List<MissingTopic> missing)
                && status.code() == StreamsStatus.Code.MISSING_SOURCE_TOPICS;
        return sourcesMissing ? config.heartbeatIntervalMillis() : config.intervalMillis(shard.config, group.size());
    }

    // ---- describe

    /** Null when there is no such group. */
    public DescribedStreamsGroup describe(String groupId) {
        StreamsGroup group = shard.streamsGroup(groupId);
        if (group == null) {
            return null;
        }
        var members = group.members().stream()
                .map(member -> new DescribedStreamsGroup.DescribedMember(member.memberId, member.metadata(), member.current().epoch(),
                        member.current().assigned(), group.target(member.memberId)))
                .toList();
        Map<String, Integer> counts = group.topology() != null && group.resolved(shard.topics()) instanceof ResolvedTopology.Ready ready
                ? ready.taskCounts()
                : Map.of();
        return new DescribedStreamsGroup(groupId, group.state().displayName(), group.epoch(), group.targetEpoch(), TaskAssignor.NAME, group.topology(), counts,
                members);
    }

    private void write(StreamsRecord record) {
        shard.write(List.of(StreamsGroup.record(record)));
    }
}
