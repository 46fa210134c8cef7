package io.partita.broker.group.classic;

import io.partita.broker.env.Entropy;
import io.partita.broker.group.Answer;
import io.partita.broker.group.HeartbeatRequest;
import io.partita.broker.group.JoinRequest;
import io.partita.broker.group.JoinResult;
import io.partita.broker.group.LeaveRequest;
import io.partita.broker.group.LeaveResult;
import io.partita.broker.group.ShardContext;
import io.partita.broker.group.SyncRequest;
import io.partita.broker.group.SyncResult;
import io.partita.broker.protocol.ErrorCode;

/** The requests of members of classic groups in one shard, on its event loop: puts together what serves them, a class for each verb. */
public final class ClassicGroups {

    private final ShardContext shard;
    private final Sessions sessions;
    private final Rebalances rebalances;
    private final Joins joins;
    private final Syncs syncs;
    private final Heartbeats heartbeats;
    private final Departures departures;

    public ClassicGroups(ShardContext shard, Entropy entropy) {
        this.shard = shard;
        this.departures = new Departures(shard);
        this.sessions = new Sessions(shard.loop, shard.clock, departures);
        this.rebalances = new Rebalances(shard, sessions);
        this.departures.rebalances(rebalances);
        this.joins = new Joins(shard, sessions, rebalances, entropy);
        this.syncs = new Syncs(shard, rebalances);
        this.heartbeats = new Heartbeats(shard, sessions);
    }

    /** A group of nothing yet. */
    public ClassicGroup create(String groupId) {
        return new ClassicGroup(groupId, shard.clock.wallMillis(), shard.memory, sessions::restart);
    }

    /** The log was replayed: a group that it has goes on, and its members' sessions begin. */
    public void loaded(ClassicGroup group) {
        if (group.image() != null) {
            group.restore();
            group.members().forEach(member -> sessions.restart(group, member));
        }
        if (group.size() > shard.config.maxSize()) {
            rebalances.prepare(group, "it has more members than group.max.size allows");
        } else if (group.size() > 0 && group.image().leader() == null) {
            // So it was written when it came from another protocol: nobody has assigned since, and what is nobody's has to be.
            rebalances.prepare(group, "it has had no leader yet");
        }
    }

    /** A group came here with its members from another protocol; {@code group} has its image. They are asked to join anew. */
    public void adopt(ClassicGroup group, String reason) {
        loaded(group);
        if (!group.isIn(GroupState.PREPARING_REBALANCE)) {
            rebalances.prepare(group, reason);
        }
    }

    public void join(JoinRequest request, Answer<JoinResult> answer) {
        joins.join(request, answer);
    }

    public void sync(SyncRequest request, Answer<SyncResult> answer) {
        syncs.sync(request, answer);
    }

    public void heartbeat(HeartbeatRequest request, Answer<ErrorCode> answer) {
        heartbeats.heartbeat(request, answer);
    }

    public void leave(LeaveRequest request, Answer<LeaveResult> answer) {
        departures.leave(request, answer);
    }
}
