package io.partita.broker.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.BufferRecords;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.partita.broker.protocol.message.ShareAcknowledgeRequest;
import io.partita.broker.protocol.message.ShareAcknowledgeResponse;
import io.partita.broker.protocol.message.ShareFetchRequest;
import io.partita.broker.protocol.message.ShareFetchResponse;
import io.partita.broker.protocol.message.ShareGroupHeartbeatRequest;
import io.partita.broker.protocol.message.ShareGroupHeartbeatResponse;
import io.partita.broker.record.BatchFormatException;
import io.partita.broker.record.RecordBatch;
import io.partita.broker.record.RecordReader;
import io.partita.broker.share.AcknowledgeBatch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;

/**
 * Records of a share group with a lease: who takes them has them to himself for as long as the group's locks last, and says what became of each. What he does not say anything about is given
 * to others then. The group is Kafka's own (KIP-932), so consumers of Kafka's protocol may be in it, too.
 */
final class LeaseRoutes {

    private static final int FETCH = 2;
    private static final int ACKNOWLEDGE = 2;
    private static final int HEARTBEAT = 1;
    private static final int LEAVES = -1;
    private static final int FINAL_EPOCH = -1;
    /** As many records as are asked for, whatever batches they are in (KIP-1206). */
    private static final byte RECORD_LIMIT = 1;
    private static final int LIMIT_DEFAULT = 10;
    private static final int LIMIT_MAX = 500;
    private static final int WAIT_MILLIS_MAX = 20_000;
    private static final int ANSWER_BYTES = 1024 * 1024;
    private static final int VALUE_BYTES_MAX = 16 * 1024 * 1024;
    private static final int OPENED_BYTES_MAX = 16 * 1024 * 1024;
    /** Of keys and values in one lease; a single record may have more. What is above is given back. */
    private static final int GIVEN_BYTES_MAX = 4 * 1024 * 1024;
    /** Who takes records at once; each may have {@link #ANSWER_BYTES} of them in memory. */
    private static final int AT_ONCE_MAX = 24;
    /** So long a leader is asked at least: it reads where the group stands first. */
    private static final int LOAD_MILLIS = 200;
    /** So long it is waited at one leader while others may have something, and at all of them at once while the others wait. */
    private static final int TURN_MILLIS = 300;
    private static final int TURNS_MILLIS = 2_000;
    /** Groups and topics that are known to have begun. */
    private static final int BEGUN_MAX = 10_000;
    private static final long BEGIN_MILLIS = 30_000;
    private static final long AGAIN_MILLIS = 100;
    private static final String ALL = "all";
    /** In place of a number of records: the group has not begun with some partition. */
    private static final int NOT_BEGUN = -1;

    private final Semaphore atOnce = new Semaphore(AT_ONCE_MAX);
    private final Set<String> begun = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<String, Boolean>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > BEGUN_MAX;
        }
    }));

    private LeaseRoutes() {}

    static List<Route> all() {
        var routes = new LeaseRoutes();
        return List.of(
                Route.of("POST", "/api/v1/groups/{group}/leases", "takeRecords",
                        "Takes records for a share group: they are nobody else's until they are acknowledged or lockMillis are over. Each lease has records of one leader",
                        routes::take)
                        .takes(new JsonObject().put("topic", "orders").put("limit", 10).put("waitMillis", 0))
                        .gives("leases", "array").gives("records", "integer"),
                Route.of("POST", "/api/v1/groups/{group}/acknowledgements", "acknowledge",
                        "Says what became of records of a lease, as partition:offset or [\"all\"]: ack (done with), nack (to be delivered again), reject (not to be delivered again),"
                                + " extend (lockMillis more). With none of them all are done with. What is left is under the lease that the answer gives",
                        LeaseRoutes::acknowledge)
                        .takes(new JsonObject().put("lease", "as it was given").put("ack", new JsonArray().add("0:17")).put("nack", new JsonArray().add("0:18"))
                                .put("reject", new JsonArray()).put("extend", new JsonArray().add("0:19")))
                        .gives("settled", "integer").gives("left", "integer").gives("problems", "array"));
    }

    // ---- taking

    private HttpAnswer take(Exchange exchange) throws InterruptedException {
        if (!atOnce.tryAcquire()) {
            throw Problem.of(503, "More than " + AT_ONCE_MAX + " take records of share groups over HTTP at this broker: try again in a moment.");
        }
        try {
            return HttpAnswer.ok(taken(exchange));
        } finally {
            atOnce.release();
        }
    }

    private JsonObject taken(Exchange exchange) throws InterruptedException {
        Kafka kafka = exchange.kafka();
        JsonObject body = exchange.body("topic", "limit", "waitMillis", "valueBytes");
        MetadataResponseTopic topic = Topics.one(kafka, Body.string(body, "topic"));
        Taking taking = new Taking(kafka, exchange.path("group"), topic, (int) Body.number(body, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX),
                (int) Body.number(body, "valueBytes", VALUE_BYTES_MAX, 0, VALUE_BYTES_MAX));
        long deadline = System.nanoTime() + Body.number(body, "waitMillis", 0, 0, WAIT_MILLIS_MAX) * 1_000_000;
        String begun = taking.group + "\n" + topic.topicId + "\n" + topic.partitions.size();
        if (!this.begun.contains(begun)) {
            if (!hasBegun(kafka, taking.group, topic)) {
                begin(kafka, taking.group, topic.name);
            }
            this.begun.add(begun);
        }
        if (!taking.one(LOAD_MILLIS)) {
            // Somebody has deleted it since.
            begin(kafka, taking.group, topic.name);
            taking.one(LOAD_MILLIS);
        }
        while (taking.count == 0) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                break;
            }
            long asked = System.nanoTime();
            taking.await((int) left);
            if (taking.count == 0 && System.nanoTime() - asked < AGAIN_MILLIS * 1_000_000) {
                // A leader that changes, or a group that is deleted, answers at once.
                Thread.sleep(AGAIN_MILLIS);
            }
        }
        return new JsonObject().put("records", taking.count).put("leases", new JsonArray(taking.leases));
    }

    /** Whether a group has begun with all partitions of a topic. */
    private static boolean hasBegun(Kafka kafka, String group, MetadataResponseTopic topic) {
        var listed = new Groups.Listed(group, "share", "", "", kafka.coordinator(Kafka.GROUP_KEY, group));
        return ShareGroups.stands(kafka, listed).getOrDefault(topic.name, Map.of()).keySet().containsAll(Topics.partitions(topic));
    }

    /** One request's way from leader to leader. */
    private static final class Taking {

        private final Kafka kafka;
        private final String group;
        private final MetadataResponseTopic topic;
        private final int limit;
        private final int valueBytes;
        private final List<JsonObject> leases = new ArrayList<>();
        private int count;
        private int turn;

        private Taking(Kafka kafka, String group, MetadataResponseTopic topic, int limit, int valueBytes) {
            this.kafka = kafka;
            this.group = group;
            this.topic = topic;
            this.limit = limit;
            this.valueBytes = valueBytes;
        }

        private Map<Integer, Map<String, List<Integer>>> byLeader() {
            return kafka.byLeader(Map.of(topic.name, Topics.partitions(topic)));
        }

        /** Asks one leader after the other until there are enough. Returns false where the group has not begun with some partition and there is nothing. */
        boolean one(int waitMillis) {
            Map<Integer, Map<String, List<Integer>>> byLeader = byLeader();
            List<Integer> leaders = new ArrayList<>(byLeader.keySet());
            // So that no leader's records wait until all others' are done with.
            Collections.shuffle(leaders);
            boolean begun = true;
            for (int leader : leaders) {
                begun &= ask(leader, byLeader.get(leader).get(topic.name), waitMillis);
                if (count >= limit) {
                    break;
                }
            }
            return begun || count > 0;
        }

        private boolean ask(int leader, List<Integer> partitions, int waitMillis) {
            String member = Lease.newMember();
            ShareFetchResponse answer = kafka.at(leader, ApiKey.SHARE_FETCH, FETCH,
                    request(group, member, topic, partitions, limit - count, ANSWER_BYTES, waitMillis));
            int had = given(kafka, group, topic, leader, member, answer, valueBytes, leases);
            count += Math.max(0, had);
            return had != NOT_BEGUN;
        }

        /** Waits: at all leaders where each may give some, else at one after the other. */
        void await(int millis) {
            Map<Integer, Map<String, List<Integer>>> byLeader = byLeader();
            List<Integer> leaders = new ArrayList<>(byLeader.keySet());
            if (leaders.isEmpty()) {
                throw Problem.of(ErrorCode.LEADER_NOT_AVAILABLE, "topic '" + topic.name + "'", null);
            }
            if (leaders.size() == 1 || limit < leaders.size()) {
                int leader = leaders.get(turn++ % leaders.size());
                ask(leader, byLeader.get(leader).get(topic.name), leaders.size() == 1 ? millis : Math.min(millis, TURN_MILLIS));
                return;
            }
            Map<Integer, String> members = new LinkedHashMap<>();
            leaders.forEach(leader -> members.put(leader, Lease.newMember()));
            Map<Integer, ShareFetchResponse> answers = kafka.each(leaders, ApiKey.SHARE_FETCH, FETCH, leader -> request(group, members.get(leader), topic,
                    byLeader.get(leader).get(topic.name), limit / leaders.size(), ANSWER_BYTES / leaders.size(), Math.min(millis, TURNS_MILLIS)));
            answers.forEach((leader, answer) -> count += Math.max(0, given(kafka, group, topic, leader, members.get(leader), answer, valueBytes, leases)));
        }
    }

    private static ShareFetchRequest request(
            String group, String member, MetadataResponseTopic topic, List<Integer> partitions, int limit, int bytes, int waitMillis) {
        var request = new ShareFetchRequest();
        request.groupId = group;
        request.memberId = member;
        request.maxWaitMs = waitMillis;
        request.minBytes = 1;
        request.maxBytes = bytes;
        request.maxRecords = limit;
        request.batchSize = limit;
        request.shareAcquireMode = RECORD_LIMIT;
        var one = new ShareFetchRequest.FetchTopic();
        one.topicId = topic.topicId;
        for (int index : partitions) {
            var partition = new ShareFetchRequest.FetchPartition();
            partition.partitionIndex = index;
            one.partitions.add(partition);
        }
        request.topics.add(one);
        return request;
    }

    /** Makes a lease of what a leader gave; a session without records is ended. Returns how many there were, or {@link #NOT_BEGUN}. */
    private static int given(Kafka kafka, String group, MetadataResponseTopic topic, int leader, String member, ShareFetchResponse answer, int valueBytes,
            List<JsonObject> leases) {
        Problem.check(answer.errorCode, "group '" + group + "'", answer.errorMessage);
        Given given = new Given(valueBytes);
        boolean begun = true;
        Problem problem = null;
        for (var one : answer.responses) {
            for (var partition : one.partitions) {
                ErrorCode error = ErrorCode.forCode(partition.errorCode);
                begun &= error != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                if (error == ErrorCode.TOPIC_AUTHORIZATION_FAILED) {
                    problem = Problem.of(error, "topic '" + topic.name + "'", null);
                }
                try {
                    given.read(partition);
                } catch (BatchFormatException e) {
                    problem = Problem.of(422, "Records of partition " + partition.partitionIndex + " cannot be shown here (" + e.getMessage()
                            + "): have a consumer of Kafka's protocol take or reject them.");
                }
            }
        }
        Lease lease = new Lease(member, leader, topic.topicId, 1, given.offsets);
        if (given.records.isEmpty() || problem != null) {
            end(kafka, group, lease);
            if (problem != null) {
                throw problem;
            }
            return begun ? 0 : NOT_BEGUN;
        }
        if (!given.tooMany.isEmpty()) {
            ShareAcknowledgeResponse released = kafka.at(leader, ApiKey.SHARE_ACKNOWLEDGE, ACKNOWLEDGE, request(group, lease, given.tooMany, false));
            Problem.check(released.errorCode, "group '" + group + "'", released.errorMessage);
            lease = new Lease(member, leader, topic.topicId, 2, given.offsets);
        }
        leases.add(new JsonObject().put("lease", lease.text()).put("topic", topic.name).put("lockMillis", answer.acquisitionLockTimeoutMs).put("records",
                given.records));
        return given.records.size();
    }

    /** What is given with one lease. */
    private static final class Given {

        private final int valueBytes;
        private final TreeMap<Integer, TreeSet<Long>> offsets = new TreeMap<>();
        private final JsonArray records = new JsonArray();
        /** To be given back, so that one answer does not take too much memory. */
        private final TreeMap<Integer, TreeMap<Long, Byte>> tooMany = new TreeMap<>();
        private long bytes;

        private Given(int valueBytes) {
            this.valueBytes = valueBytes;
        }

        private void read(ShareFetchResponse.PartitionData partition) {
            TreeMap<Long, Short> deliveries = new TreeMap<>();
            for (var range : partition.acquiredRecords) {
                for (long offset = range.firstOffset; offset <= range.lastOffset; offset++) {
                    deliveries.put(offset, range.deliveryCount);
                }
            }
            if (deliveries.isEmpty()) {
                return;
            }
            // Also of what is not there any more, as in a compacted topic: it is settled with the rest.
            TreeSet<Long> kept = new TreeSet<>(deliveries.keySet());
            offsets.put(partition.partitionIndex, kept);
            if (!(partition.records instanceof BufferRecords(ByteBuf batches))) {
                return;
            }
            var reader = new RecordReader(OPENED_BYTES_MAX);
            int end = batches.writerIndex();
            for (int at = batches.readerIndex(); end - at >= RecordBatch.HEADER_BYTES
                    && end - at >= RecordBatch.sizeInBytes(batches, at); at += RecordBatch.sizeInBytes(batches, at)) {
                if (RecordBatch.isControl(batches, at)) {
                    continue;
                }
                reader.open(batches, at);
                while (reader.next()) {
                    Short delivery = deliveries.get(reader.offset());
                    if (delivery == null) {
                        continue;
                    }
                    bytes += Math.max(0, reader.keyBytes()) + Math.max(0, reader.valueBytes());
                    if (bytes > GIVEN_BYTES_MAX && !records.isEmpty()) {
                        kept.remove(reader.offset());
                        tooMany.computeIfAbsent(partition.partitionIndex, index -> new TreeMap<>()).put(reader.offset(), AcknowledgeBatch.RELEASE);
                    } else {
                        records.add(new Consumed(partition.partitionIndex, reader.offset(), reader.timestamp(), copy(reader.key()), copy(reader.value()),
                                reader.headers()).json(valueBytes).put("delivery", delivery.intValue()));
                    }
                }
            }
            if (kept.isEmpty()) {
                offsets.remove(partition.partitionIndex);
            }
        }
    }

    private static byte[] copy(ByteBuf bytes) {
        return bytes == null ? null : ByteBufUtil.getBytes(bytes);
    }

    /** Has the group begin with a topic, as a member that comes and goes: where that is, its settings say. */
    private static void begin(Kafka kafka, String group, String topic) throws InterruptedException {
        int coordinator = kafka.coordinator(Kafka.GROUP_KEY, group);
        var request = new ShareGroupHeartbeatRequest();
        request.groupId = group;
        request.memberId = Lease.newMember();
        request.subscribedTopicNames = List.of(topic);
        long deadline = System.nanoTime() + BEGIN_MILLIS * 1_000_000;
        try {
            while (true) {
                ShareGroupHeartbeatResponse answer = kafka.at(coordinator, ApiKey.SHARE_GROUP_HEARTBEAT, HEARTBEAT, request);
                boolean isMoving = switch (ErrorCode.forCode(answer.errorCode)) {
                    case COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR -> true;
                    default -> false;
                };
                if (!isMoving) {
                    Problem.check(answer.errorCode, "group '" + group + "'", answer.errorMessage);
                    if (answer.assignment != null && !answer.assignment.topicPartitions.isEmpty()) {
                        return;
                    }
                    request.memberEpoch = answer.memberEpoch;
                    request.subscribedTopicNames = null;
                }
                if (System.nanoTime() >= deadline) {
                    throw Problem.of(ErrorCode.COORDINATOR_NOT_AVAILABLE, "group '" + group + "'", null);
                }
                Thread.sleep(AGAIN_MILLIS);
                if (isMoving) {
                    coordinator = kafka.coordinator(Kafka.GROUP_KEY, group);
                }
            }
        } finally {
            request.memberEpoch = LEAVES;
            request.subscribedTopicNames = null;
            kafka.at(coordinator, ApiKey.SHARE_GROUP_HEARTBEAT, HEARTBEAT, request);
        }
    }

    // ---- settling

    private static HttpAnswer acknowledge(Exchange exchange) {
        Kafka kafka = exchange.kafka();
        String group = exchange.path("group");
        JsonObject body = exchange.body("lease", "ack", "nack", "reject", "extend");
        Lease lease = Lease.of(Body.string(body, "lease"));
        Map<Byte, List<String>> named = new LinkedHashMap<>();
        named.put(AcknowledgeBatch.ACCEPT, Body.strings(body, "ack"));
        named.put(AcknowledgeBatch.RELEASE, Body.strings(body, "nack"));
        named.put(AcknowledgeBatch.REJECT, Body.strings(body, "reject"));
        named.put(AcknowledgeBatch.RENEW, Body.strings(body, "extend"));
        if (named.values().stream().allMatch(List::isEmpty)) {
            named.put(AcknowledgeBatch.ACCEPT, List.of(ALL));
        }
        TreeMap<Integer, TreeMap<Long, Byte>> types = types(lease, named);
        TreeMap<Integer, TreeSet<Long>> settled = new TreeMap<>();
        types.forEach((partition, of) -> of.forEach((offset, type) -> {
            if (type != AcknowledgeBatch.RENEW) {
                settled.computeIfAbsent(partition, index -> new TreeSet<>()).add(offset);
            }
        }));
        Lease left = lease.without(settled);
        boolean isLast = left.offsets().isEmpty();
        var request = request(group, lease, types, isLast);
        ShareAcknowledgeResponse answer = kafka.at(lease.leader(), ApiKey.SHARE_ACKNOWLEDGE, ACKNOWLEDGE, request);
        ErrorCode error = ErrorCode.forCode(answer.errorCode);
        if (error == ErrorCode.SHARE_SESSION_NOT_FOUND) {
            throw Problem.of(409, "The lease is over, because its locks ran out or its leader changed: its records are given to others.");
        }
        if (error == ErrorCode.INVALID_SHARE_SESSION_EPOCH) {
            throw Problem.of(409, "Something was said under this lease already: use the lease that the answer gave then.");
        }
        Problem.check(answer.errorCode, "group '" + group + "'", answer.errorMessage);
        JsonArray problems = new JsonArray();
        int failed = 0;
        for (var topic : answer.responses) {
            for (var partition : topic.partitions) {
                ErrorCode code = ErrorCode.forCode(partition.errorCode);
                if (code != ErrorCode.NONE) {
                    failed += settled.getOrDefault(partition.partitionIndex, new TreeSet<>()).size();
                    problems.add((code == ErrorCode.INVALID_RECORD_STATE || code == ErrorCode.NOT_LEADER_OR_FOLLOWER
                            ? Problem.of(409,
                                    "Records of partition " + partition.partitionIndex + " are not under this lease any more: they are given to others.")
                            : Problem.of(code, "partition " + partition.partitionIndex, partition.errorMessage)).json()
                            .put("partition", partition.partitionIndex));
                }
            }
        }
        JsonObject told = new JsonObject().put("settled", settled.values().stream().mapToInt(TreeSet::size).sum() - failed).put("left", left.count())
                .put("problems", problems);
        return HttpAnswer.ok(isLast ? told : told.put("lease", left.text()).put("lockMillis", answer.acquisitionLockTimeoutMs));
    }

    /** What is said of each record. @throws Problem when it is said of one that is not under the lease, or two things of one */
    private static TreeMap<Integer, TreeMap<Long, Byte>> types(Lease lease, Map<Byte, List<String>> named) {
        TreeMap<Integer, TreeMap<Long, Byte>> types = new TreeMap<>();
        named.forEach((type, places) -> {
            for (String place : places) {
                if (!place.equals(ALL)) {
                    int colon = place.indexOf(':');
                    try {
                        int partition = Integer.parseInt(place.substring(0, Math.max(0, colon)));
                        long offset = Long.parseLong(place.substring(colon + 1));
                        if (!lease.offsets().getOrDefault(partition, new TreeSet<>()).contains(offset)) {
                            throw Problem.of(409, "The record " + place + " is not under this lease.");
                        }
                        if (types.computeIfAbsent(partition, index -> new TreeMap<>()).put(offset, type) != null) {
                            throw Problem.badRequest("Two things are said of the record " + place + ".");
                        }
                    } catch (NumberFormatException e) {
                        throw Problem.badRequest("A record is named as partition:offset, or all of them as \"all\", not '" + place + "'.");
                    }
                }
            }
        });
        named.forEach((type, places) -> {
            if (places.contains(ALL)) {
                lease.offsets().forEach((partition, offsets) -> offsets
                        .forEach(offset -> types.computeIfAbsent(partition, index -> new TreeMap<>()).putIfAbsent(offset, type)));
            }
        });
        return types;
    }

    private static ShareAcknowledgeRequest request(String group, Lease lease, TreeMap<Integer, TreeMap<Long, Byte>> types, boolean isLast) {
        var request = new ShareAcknowledgeRequest();
        request.groupId = group;
        request.memberId = lease.member();
        request.shareSessionEpoch = isLast ? FINAL_EPOCH : lease.epoch();
        var topic = new ShareAcknowledgeRequest.AcknowledgeTopic();
        topic.topicId = lease.topicId();
        types.forEach((index, ofPartition) -> {
            var partition = new ShareAcknowledgeRequest.AcknowledgePartition();
            partition.partitionIndex = index;
            for (long[] range : Lease.ranges(new TreeSet<>(ofPartition.keySet()))) {
                var batch = new ShareAcknowledgeRequest.AcknowledgementBatch();
                batch.firstOffset = range[0];
                batch.lastOffset = range[1];
                for (long offset = range[0]; offset <= range[1]; offset++) {
                    byte type = ofPartition.get(offset);
                    batch.acknowledgeTypes.add(type);
                    request.isRenewAck |= type == AcknowledgeBatch.RENEW;
                }
                partition.acknowledgementBatches.add(batch);
            }
            topic.partitions.add(partition);
        });
        request.topics.add(topic);
        return request;
    }

    /** Ends a session: what it has is given back. Whether that reaches the leader shows in its locks. */
    private static void end(Kafka kafka, String group, Lease lease) {
        var request = new ShareAcknowledgeRequest();
        request.groupId = group;
        request.memberId = lease.member();
        request.shareSessionEpoch = FINAL_EPOCH;
        kafka.at(lease.leader(), ApiKey.SHARE_ACKNOWLEDGE, ACKNOWLEDGE, request);
    }
}
