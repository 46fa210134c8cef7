package io.partita.broker.sim;

import io.partita.broker.group.Answer;
import io.partita.broker.group.Client;
import io.partita.broker.group.CommitRequest;
import io.partita.broker.group.CommittedOffset;
import io.partita.broker.group.DescribedGroup;
import io.partita.broker.group.FetchOffsetsRequest;
import io.partita.broker.group.FetchOffsetsResult;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.group.classic.GroupState;
import io.partita.broker.group.HeartbeatRequest;
import io.partita.broker.group.JoinProtocol;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Members of two groups that join, sync, beat, commit and leave, and what they know of the offsets they have committed. */
final class SimGroups {

    private static final List<String> GROUPS = List.of("g0", "g1");
    private static final Client CLIENT = new Client("sim", "/127.0.0.1", "", "");
    private static final int PARTITIONS = 3;

    private static final class Member {
        final String group;
        String id = "";
        int generation = -1;
        boolean leads;
        List<String> members = List.of();
        boolean waits;

        Member(String group) {
            this.group = group;
        }
    }

    /** What a group may have committed for a partition: the last that was acknowledged, and what was sent after it. */
    private static final class Commits {
        Long acknowledged;
        final Set<Long> possible = new HashSet<>();
        final Set<Long> ever = new HashSet<>();
    }

    private final Random random;
    private final SimThreads threads;
    private final List<Member> members = new ArrayList<>();
    private final Map<String, Commits> commits = new TreeMap<>();
    private long nextOffset;
    /** Counts processes of the broker: what an older one answers is not heard. */
    private int process;

    SimGroups(Random random, SimThreads threads) {
        this.random = random;
        this.threads = threads;
        for (int i = 0; i < 5; i++) {
            members.add(new Member(GROUPS.get(i % 2)));
        }
    }

    void act(SimBroker broker) {
        Member member = members.get(random.nextInt(members.size()));
        if (member.waits) {
            return;
        }
        int action = random.nextInt(8);
        boolean commits = action == 5 || action == 6;
        // Commits come on one connection, so that the last one sent is the last one made.
        threads.on(threads.loop(commits ? 1 : random.nextInt(3)), () -> {
            switch (action) {
                case 0, 1 -> join(broker, member);
                case 2, 3 -> sync(broker, member);
                case 4 -> broker.groups.heartbeat(new HeartbeatRequest(member.group, member.generation, member.id, null, CLIENT), ignored -> {});
                case 5, 6 -> commit(broker, member);
                default -> {
                    if (random.nextInt(4) == 0) {
                        broker.groups.leave(new LeaveRequest(member.group, List.of(new LeaveRequest.Leaver(member.id, null, null))), ignored -> {});
                        member.id = "";
                    }
                }
            }
        });
    }

    private void join(SimBroker broker, Member member) {
        int asked = process;
        member.waits = true;
        broker.groups.join(new JoinRequest(member.group, member.id, null, CLIENT, 10_000, 6_000, "consumer",
                List.of(new JoinProtocol("range", new byte[] {1, 2})), null, true, true), result -> {
                    if (asked == process) {
                        member.waits = false;
                        joined(member, result);
                    }
                });
    }

    private static void joined(Member member, JoinResult result) {
        switch (result.error()) {
            case NONE -> {
                member.id = result.memberId();
                member.generation = result.generation();
                member.leads = result.leader().equals(result.memberId()) && !result.skipAssignment();
                member.members = result.members().stream().map(JoinResult.JoinedMember::memberId).toList();
            }
            case MEMBER_ID_REQUIRED -> member.id = result.memberId();
            case UNKNOWN_MEMBER_ID -> member.id = "";
            default -> {}
        }
    }

    private void sync(SimBroker broker, Member member) {
        Map<String, byte[]> assignments = new HashMap<>();
        if (member.leads) {
            member.members.forEach(id -> assignments.put(id, new byte[] {(byte) random.nextInt(), 7}));
        }
        int asked = process;
        member.waits = true;
        broker.groups.sync(new SyncRequest(member.group, member.generation, member.id, null, null, null, assignments), result -> {
            if (asked == process) {
                member.waits = false;
            }
        });
    }

    private void commit(SimBroker broker, Member member) {
        boolean simple = random.nextInt(3) == 0;
        String group = simple ? "simple" : member.group;
        int partition = random.nextInt(PARTITIONS);
        long offset = nextOffset++;
        Commits known = commits.computeIfAbsent(group + "/" + partition, key -> new Commits());
        known.possible.add(offset);
        known.ever.add(offset);
        int asked = process;
        broker.groups.commitOffsets(new CommitRequest(group, simple ? -1 : member.generation, simple ? "" : member.id, null, -1, true,
                List.of(new CommitRequest.PartitionCommit("t", Message.ZERO_UUID, partition, offset, -1, "", -1))), result -> {
                    if (asked == process && result.error() == ErrorCode.NONE && result.partitions().getFirst() == ErrorCode.NONE) {
                        known.acknowledged = known.acknowledged == null ? offset : Math.max(known.acknowledged, offset);
                        // Offsets only grow here, and so do the times of the commits.
                        known.possible.removeIf(other -> other < offset);
                    }
                });
    }

    /** The process of the broker ended, perhaps with commits that were acknowledged. */
    void brokerGone(boolean commitsMayBeLost) {
        process++;
        for (Member member : members) {
            member.waits = false;
        }
        if (commitsMayBeLost) {
            for (Commits known : commits.values()) {
                known.acknowledged = null;
                known.possible.addAll(known.ever);
            }
        }
    }

    /** Groups and offsets are what the log says, and what clients were told. Nobody asks for anything meanwhile. */
    void check(SimBroker broker) {
        GroupCoordinator replayed = broker.groups();
        threads.settle();
        for (String group : List.of("g0", "g1", "simple")) {
            Map<Integer, Long> live = offsets(broker.groups, group);
            if (live == null) {
                continue;
            }
            Map<Integer, Long> again = offsets(replayed, group);
            equal("offsets of " + group, again, live);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                Commits known = commits.get(group + "/" + partition);
                Long offset = live.get(partition);
                boolean right = known == null
                        ? offset == null
                        : offset == null
                                ? known.acknowledged == null
                                : offset.equals(known.acknowledged) || known.possible.contains(offset);
                if (!right) {
                    throw new AssertionError("group " + group + ", partition " + partition + ": committed is " + offset + ", acknowledged was "
                            + (known == null ? null : known.acknowledged));
                }
            }
            DescribedGroup described = describe(broker.groups, group);
            if (described != null && described.state() == GroupState.STABLE) {
                equal("members of " + group, members(describe(replayed, group)), members(described));
            }
        }
        replayed.shards().close();
        threads.settle();
    }

    private static void equal(String what, Object replayed, Object live) {
        if (!live.equals(replayed)) {
            throw new AssertionError(what + ": " + live + ", and after a replay " + replayed);
        }
    }

    private static Map<String, String> members(DescribedGroup group) {
        Map<String, String> members = new TreeMap<>();
        members.put("protocol", group.protocolType() + "/" + group.protocol());
        group.members().forEach(member -> members.put(member.memberId(), Arrays.toString(member.assignment()) + Arrays.toString(member.metadata())));
        return members;
    }

    private <T> T result(java.util.function.Consumer<Answer<T>> request) {
        List<T> given = new ArrayList<>();
        threads.on(threads.loop(0), () -> request.accept(given::add));
        threads.settle();
        return given.isEmpty() ? null : given.getFirst();
    }

    private DescribedGroup describe(GroupCoordinator from, String group) {
        List<GroupCoordinator.DescribeResult> described = result(answer -> from.describeGroups(List.of(group), answer));
        return described == null ? null : described.getFirst().group();
    }

    /** Null when the coordinator does not know. */
    private Map<Integer, Long> offsets(GroupCoordinator from, String group) {
        List<FetchOffsetsResult> results = result(answer -> from.fetchOffsets(List.of(new FetchOffsetsRequest(group, null, false)), answer));
        if (results == null || results.getFirst().error() != ErrorCode.NONE) {
            return null;
        }
        Map<Integer, Long> offsets = new TreeMap<>();
        for (FetchOffsetsResult.TopicOffsets topic : results.getFirst().topics()) {
            for (FetchOffsetsResult.PartitionOffset partition : topic.partitions()) {
                CommittedOffset offset = partition.offset();
                if (offset != null) {
                    offsets.put(partition.partition(), offset.offset());
                }
            }
        }
        return offsets;
    }
}
