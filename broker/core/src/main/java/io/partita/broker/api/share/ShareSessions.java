package io.partita.broker.api.share;

import io.partita.broker.api.ClientInfo;
import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The share sessions there are, by group and member. Thread-safe. */
final class ShareSessions {

    /** Of a request that opens a session, and of one that ends it. */
    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    private record Key(String groupId, String memberId) {}

    /** A session, or why there is none. */
    record Found(ShareSession session, ErrorCode error) {}

    private final int max;
    private final Map<Key, ShareSession> sessions = new HashMap<>();
    private final Map<ClientInfo, List<ShareSession>> byClient = new IdentityHashMap<>();

    /** @param max sessions that there may be ({@code group.share.max.share.sessions}) */
    ShareSessions(int max) {
        this.max = max;
    }

    /** Begins a session in place of the one that the member had. */
    Found open(String groupId, String memberId, ClientInfo client) {
        var key = new Key(groupId, memberId);
        ShareSession made = new ShareSession(groupId, memberId, client);
        ShareSession former;
        boolean isFirst;
        synchronized (this) {
            former = sessions.get(key);
            if (former == null && sessions.size() >= max) {
                return new Found(null, ErrorCode.SHARE_SESSION_LIMIT_REACHED);
            }
            sessions.put(key, made);
            if (former != null) {
                forget(former);
            }
            List<ShareSession> ofClient = byClient.get(client);
            isFirst = ofClient == null && !client.isPassing();
            if (isFirst) {
                ofClient = new ArrayList<>();
                byClient.put(client, ofClient);
            }
            if (ofClient != null) {
                ofClient.add(made);
            }
        }
        if (former != null) {
            former.end();
        }
        if (isFirst) {
            client.onDisconnect(() -> disconnected(client));
        }
        return new Found(made, ErrorCode.NONE);
    }

    private void forget(ShareSession session) {
        List<ShareSession> ofClient = byClient.get(session.client);
        if (ofClient != null) {
            ofClient.remove(session);
        }
    }

    /** The session of a request that goes on with it. */
    Found find(String groupId, String memberId, int epoch) {
        ShareSession session;
        synchronized (this) {
            session = sessions.get(new Key(groupId, memberId));
        }
        if (session == null) {
            return new Found(null, ErrorCode.SHARE_SESSION_NOT_FOUND);
        }
        if (epoch != FINAL_EPOCH && !session.enter(epoch)) {
            return new Found(null, ErrorCode.INVALID_SHARE_SESSION_EPOCH);
        }
        return new Found(session, ErrorCode.NONE);
    }

    /** The member is done. */
    void close(ShareSession session) {
        synchronized (this) {
            sessions.remove(new Key(session.groupId, session.memberId), session);
            forget(session);
        }
        session.end();
    }

    private void disconnected(ClientInfo client) {
        List<ShareSession> left;
        synchronized (this) {
            left = byClient.remove(client);
            left.forEach(session -> sessions.remove(new Key(session.groupId, session.memberId), session));
        }
        left.forEach(ShareSession::end);
    }

    synchronized int size() {
        return sessions.size();
    }
}
