package io.partita.broker.api;

import static io.partita.broker.protocol.ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
import static io.partita.broker.protocol.ErrorCode.GROUP_AUTHORIZATION_FAILED;
import static io.partita.broker.protocol.ErrorCode.TOPIC_AUTHORIZATION_FAILED;
import static io.partita.broker.protocol.ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
import static io.partita.broker.security.Operation.ALTER;
import static io.partita.broker.security.Operation.ALTER_CONFIGS;
import static io.partita.broker.security.Operation.CLUSTER_ACTION;
import static io.partita.broker.security.Operation.CREATE;
import static io.partita.broker.security.Operation.DELETE;
import static io.partita.broker.security.Operation.DESCRIBE;
import static io.partita.broker.security.Operation.DESCRIBE_CONFIGS;
import static io.partita.broker.security.Operation.IDEMPOTENT_WRITE;
import static io.partita.broker.security.Operation.READ;
import static io.partita.broker.security.Operation.WRITE;
import static io.partita.broker.security.ResourceType.CLUSTER;
import static io.partita.broker.security.ResourceType.GROUP;
import static io.partita.broker.security.ResourceType.TOPIC;
import static io.partita.broker.security.ResourceType.TRANSACTIONAL_ID;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.security.Audit;
import io.partita.broker.security.Operation;
import io.partita.broker.security.ResourceType;
import java.util.EnumSet;
import java.util.Set;

/**
 * What each API asks permission for: the table that handlers go by, docs/AUTHORIZATION.md is written from, and a test goes through line by line. It is Kafka's.
 * Permissions of one API that say {@link #instead} are asked when the one they stand for is not there: one of them is enough.
 */
public enum Permission {
    PRODUCE_TRANSACTIONAL_ID(ApiKey.PRODUCE, WRITE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "where a batch is part of a transaction"),
    PRODUCE(ApiKey.PRODUCE, WRITE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    FETCH(ApiKey.FETCH, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    FETCH_AS_REPLICA(ApiKey.FETCH, CLUSTER_ACTION, CLUSTER, TOPIC_AUTHORIZATION_FAILED, "for who says to be a replica, in place of the other"),
    LIST_OFFSETS(ApiKey.LIST_OFFSETS, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    METADATA(ApiKey.METADATA, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic named; UNKNOWN_TOPIC_ID for one named by its id"),
    METADATA_ALL(ApiKey.METADATA, DESCRIBE, TOPIC, null, "each topic, where all are asked for"),
    METADATA_CREATE(ApiKey.METADATA, CREATE, CLUSTER, TOPIC_AUTHORIZATION_FAILED, "each topic that the request would create"),
    METADATA_CREATE_TOPIC(ApiKey.METADATA, CREATE, TOPIC, METADATA_CREATE),
    METADATA_CLUSTER_OPERATIONS(ApiKey.METADATA, DESCRIBE, CLUSTER, null, "for the authorized operations on the cluster, which are 0 otherwise"),
    OFFSET_COMMIT(ApiKey.OFFSET_COMMIT, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    OFFSET_COMMIT_TOPIC(ApiKey.OFFSET_COMMIT, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    OFFSET_FETCH(ApiKey.OFFSET_FETCH, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    OFFSET_FETCH_TOPIC(ApiKey.OFFSET_FETCH, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic named"),
    OFFSET_FETCH_ALL(ApiKey.OFFSET_FETCH, DESCRIBE, TOPIC, null, "each topic, where all are asked for"),
    FIND_COORDINATOR_GROUP(ApiKey.FIND_COORDINATOR, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    FIND_COORDINATOR_TRANSACTIONAL_ID(
            ApiKey.FIND_COORDINATOR, DESCRIBE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "each transactional id"),
    FIND_COORDINATOR_SHARE(ApiKey.FIND_COORDINATOR, CLUSTER_ACTION, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "for share-partitions"),
    JOIN_GROUP(ApiKey.JOIN_GROUP, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    HEARTBEAT(ApiKey.HEARTBEAT, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    LEAVE_GROUP(ApiKey.LEAVE_GROUP, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    SYNC_GROUP(ApiKey.SYNC_GROUP, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    DESCRIBE_GROUPS(ApiKey.DESCRIBE_GROUPS, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    LIST_GROUPS(ApiKey.LIST_GROUPS, DESCRIBE, CLUSTER, null, "each group"),
    LIST_GROUPS_GROUP(ApiKey.LIST_GROUPS, DESCRIBE, GROUP, LIST_GROUPS),
    CREATE_TOPICS(ApiKey.CREATE_TOPICS, CREATE, CLUSTER, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    CREATE_TOPICS_TOPIC(ApiKey.CREATE_TOPICS, CREATE, TOPIC, CREATE_TOPICS),
    CREATE_TOPICS_CONFIGS(ApiKey.CREATE_TOPICS, DESCRIBE_CONFIGS, TOPIC, null,
            "for the settings of the new topic in the answer, which says TOPIC_AUTHORIZATION_FAILED in their place"),
    DELETE_TOPICS(ApiKey.DELETE_TOPICS, DELETE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DELETE_RECORDS(ApiKey.DELETE_RECORDS, DELETE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    INIT_PRODUCER_ID_TRANSACTIONAL_ID(ApiKey.INIT_PRODUCER_ID, WRITE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            "where there is a transactional id"),
    INIT_PRODUCER_ID(ApiKey.INIT_PRODUCER_ID, IDEMPOTENT_WRITE, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "where there is none"),
    INIT_PRODUCER_ID_TOPIC(ApiKey.INIT_PRODUCER_ID, WRITE, TOPIC, INIT_PRODUCER_ID),
    OFFSET_FOR_LEADER_EPOCH(ApiKey.OFFSET_FOR_LEADER_EPOCH, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    OFFSET_FOR_LEADER_EPOCH_CLUSTER(ApiKey.OFFSET_FOR_LEADER_EPOCH, CLUSTER_ACTION, CLUSTER, OFFSET_FOR_LEADER_EPOCH),
    ADD_PARTITIONS_TO_TXN(ApiKey.ADD_PARTITIONS_TO_TXN, WRITE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "up to version 3"),
    ADD_PARTITIONS_TO_TXN_TOPIC(ApiKey.ADD_PARTITIONS_TO_TXN, WRITE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic, up to version 3"),
    ADD_PARTITIONS_TO_TXN_CLUSTER(ApiKey.ADD_PARTITIONS_TO_TXN, CLUSTER_ACTION, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "from version 4 on"),
    ADD_OFFSETS_TO_TXN(ApiKey.ADD_OFFSETS_TO_TXN, WRITE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "the transactional id"),
    ADD_OFFSETS_TO_TXN_GROUP(ApiKey.ADD_OFFSETS_TO_TXN, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    END_TXN(ApiKey.END_TXN, WRITE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "the transactional id"),
    WRITE_TXN_MARKERS(ApiKey.WRITE_TXN_MARKERS, ALTER, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    WRITE_TXN_MARKERS_BROKER(ApiKey.WRITE_TXN_MARKERS, CLUSTER_ACTION, CLUSTER, WRITE_TXN_MARKERS),
    TXN_OFFSET_COMMIT(ApiKey.TXN_OFFSET_COMMIT, WRITE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "the transactional id"),
    TXN_OFFSET_COMMIT_GROUP(ApiKey.TXN_OFFSET_COMMIT, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    TXN_OFFSET_COMMIT_TOPIC(ApiKey.TXN_OFFSET_COMMIT, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DESCRIBE_ACLS(ApiKey.DESCRIBE_ACLS, DESCRIBE, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    CREATE_ACLS(ApiKey.CREATE_ACLS, ALTER, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    DELETE_ACLS(ApiKey.DELETE_ACLS, ALTER, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    DESCRIBE_CONFIGS_TOPIC(ApiKey.DESCRIBE_CONFIGS, DESCRIBE_CONFIGS, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DESCRIBE_CONFIGS_GROUP(ApiKey.DESCRIBE_CONFIGS, DESCRIBE_CONFIGS, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    DESCRIBE_CONFIGS_CLUSTER(ApiKey.DESCRIBE_CONFIGS, DESCRIBE_CONFIGS, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "brokers and everything else"),
    ALTER_CONFIGS_TOPIC(ApiKey.ALTER_CONFIGS, ALTER_CONFIGS, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    ALTER_CONFIGS_GROUP(ApiKey.ALTER_CONFIGS, ALTER_CONFIGS, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    ALTER_CONFIGS_CLUSTER(ApiKey.ALTER_CONFIGS, ALTER_CONFIGS, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "brokers and everything else"),
    INCREMENTAL_ALTER_CONFIGS_TOPIC(ApiKey.INCREMENTAL_ALTER_CONFIGS, ALTER_CONFIGS, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    INCREMENTAL_ALTER_CONFIGS_GROUP(ApiKey.INCREMENTAL_ALTER_CONFIGS, ALTER_CONFIGS, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    INCREMENTAL_ALTER_CONFIGS_CLUSTER(
            ApiKey.INCREMENTAL_ALTER_CONFIGS, ALTER_CONFIGS, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "brokers and everything else"),
    DESCRIBE_LOG_DIRS(ApiKey.DESCRIBE_LOG_DIRS, DESCRIBE, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, "up to version 2 there are just no directories"),
    CREATE_PARTITIONS(ApiKey.CREATE_PARTITIONS, ALTER, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DELETE_GROUPS(ApiKey.DELETE_GROUPS, DELETE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    ELECT_LEADERS(ApiKey.ELECT_LEADERS, ALTER, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    ALTER_PARTITION_REASSIGNMENTS(ApiKey.ALTER_PARTITION_REASSIGNMENTS, ALTER, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    LIST_PARTITION_REASSIGNMENTS(ApiKey.LIST_PARTITION_REASSIGNMENTS, DESCRIBE, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    OFFSET_DELETE(ApiKey.OFFSET_DELETE, DELETE, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    OFFSET_DELETE_TOPIC(ApiKey.OFFSET_DELETE, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DESCRIBE_CLIENT_QUOTAS(ApiKey.DESCRIBE_CLIENT_QUOTAS, DESCRIBE_CONFIGS, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    ALTER_CLIENT_QUOTAS(ApiKey.ALTER_CLIENT_QUOTAS, ALTER_CONFIGS, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    DESCRIBE_USER_SCRAM_CREDENTIALS(ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS, DESCRIBE, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    ALTER_USER_SCRAM_CREDENTIALS(ApiKey.ALTER_USER_SCRAM_CREDENTIALS, ALTER, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    DESCRIBE_CLUSTER(ApiKey.DESCRIBE_CLUSTER, DESCRIBE, CLUSTER, null, "for the authorized operations on the cluster, which are 0 otherwise"),
    DESCRIBE_PRODUCERS(ApiKey.DESCRIBE_PRODUCERS, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DESCRIBE_TRANSACTIONS(ApiKey.DESCRIBE_TRANSACTIONS, DESCRIBE, TRANSACTIONAL_ID, TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "each transactional id"),
    DESCRIBE_TRANSACTIONS_TOPIC(ApiKey.DESCRIBE_TRANSACTIONS, DESCRIBE, TOPIC, null, "each topic of a transaction"),
    LIST_TRANSACTIONS(ApiKey.LIST_TRANSACTIONS, DESCRIBE, TRANSACTIONAL_ID, null, "each transactional id"),
    CONSUMER_GROUP_HEARTBEAT(ApiKey.CONSUMER_GROUP_HEARTBEAT, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    CONSUMER_GROUP_HEARTBEAT_TOPIC(ApiKey.CONSUMER_GROUP_HEARTBEAT, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic named"),
    CONSUMER_GROUP_HEARTBEAT_PATTERN(ApiKey.CONSUMER_GROUP_HEARTBEAT, DESCRIBE, TOPIC, null, "each topic that a pattern would stand for"),
    CONSUMER_GROUP_DESCRIBE(ApiKey.CONSUMER_GROUP_DESCRIBE, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    CONSUMER_GROUP_DESCRIBE_TOPIC(ApiKey.CONSUMER_GROUP_DESCRIBE, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic that is read"),
    SHARE_GROUP_HEARTBEAT(ApiKey.SHARE_GROUP_HEARTBEAT, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    SHARE_GROUP_HEARTBEAT_TOPIC(ApiKey.SHARE_GROUP_HEARTBEAT, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    SHARE_GROUP_DESCRIBE(ApiKey.SHARE_GROUP_DESCRIBE, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    SHARE_GROUP_DESCRIBE_TOPIC(ApiKey.SHARE_GROUP_DESCRIBE, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic that is read"),
    SHARE_FETCH(ApiKey.SHARE_FETCH, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    SHARE_FETCH_TOPIC(ApiKey.SHARE_FETCH, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    SHARE_ACKNOWLEDGE(ApiKey.SHARE_ACKNOWLEDGE, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    SHARE_ACKNOWLEDGE_TOPIC(ApiKey.SHARE_ACKNOWLEDGE, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    STREAMS_GROUP_HEARTBEAT(ApiKey.STREAMS_GROUP_HEARTBEAT, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    STREAMS_GROUP_HEARTBEAT_TOPIC(ApiKey.STREAMS_GROUP_HEARTBEAT, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic of the topology"),
    STREAMS_GROUP_HEARTBEAT_CREATE(ApiKey.STREAMS_GROUP_HEARTBEAT, CREATE, CLUSTER, null, "each internal topic that is missing, to have it made"),
    STREAMS_GROUP_HEARTBEAT_CREATE_TOPIC(ApiKey.STREAMS_GROUP_HEARTBEAT, CREATE, TOPIC, STREAMS_GROUP_HEARTBEAT_CREATE),
    STREAMS_GROUP_DESCRIBE(ApiKey.STREAMS_GROUP_DESCRIBE, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    STREAMS_GROUP_DESCRIBE_TOPIC(ApiKey.STREAMS_GROUP_DESCRIBE, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic of the topology"),
    DESCRIBE_SHARE_GROUP_OFFSETS(ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS, DESCRIBE, GROUP, GROUP_AUTHORIZATION_FAILED, "each group"),
    DESCRIBE_SHARE_GROUP_OFFSETS_TOPIC(ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic named"),
    DESCRIBE_SHARE_GROUP_OFFSETS_ALL(ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS, DESCRIBE, TOPIC, null, "each topic, where all are asked for"),
    ALTER_SHARE_GROUP_OFFSETS(ApiKey.ALTER_SHARE_GROUP_OFFSETS, READ, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    ALTER_SHARE_GROUP_OFFSETS_TOPIC(ApiKey.ALTER_SHARE_GROUP_OFFSETS, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    DELETE_SHARE_GROUP_OFFSETS(ApiKey.DELETE_SHARE_GROUP_OFFSETS, DELETE, GROUP, GROUP_AUTHORIZATION_FAILED, "the group"),
    DELETE_SHARE_GROUP_OFFSETS_TOPIC(ApiKey.DELETE_SHARE_GROUP_OFFSETS, READ, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic"),
    LIST_CONFIG_RESOURCES(ApiKey.LIST_CONFIG_RESOURCES, DESCRIBE_CONFIGS, CLUSTER, CLUSTER_AUTHORIZATION_FAILED, ""),
    DESCRIBE_TOPIC_PARTITIONS(ApiKey.DESCRIBE_TOPIC_PARTITIONS, DESCRIBE, TOPIC, TOPIC_AUTHORIZATION_FAILED, "each topic named"),
    DESCRIBE_TOPIC_PARTITIONS_ALL(ApiKey.DESCRIBE_TOPIC_PARTITIONS, DESCRIBE, TOPIC, null, "each topic, where all are asked for");

    /** APIs that anybody may use: those by which a client gets to know the broker and says who it is. */
    public static final Set<ApiKey> FREE = EnumSet.of(ApiKey.API_VERSIONS, ApiKey.SASL_HANDSHAKE, ApiKey.SASL_AUTHENTICATE,
            // No tokens are given, whoever asks.
            ApiKey.CREATE_DELEGATION_TOKEN, ApiKey.RENEW_DELEGATION_TOKEN, ApiKey.EXPIRE_DELEGATION_TOKEN, ApiKey.DESCRIBE_DELEGATION_TOKEN);

    private final ApiKey api;
    private final Operation operation;
    private final ResourceType type;
    private final ErrorCode refusal;
    private final String of;
    private final Permission instead;

    /** @param refusal the error for whoever lacks it; null where it is left out of the answer then */
    Permission(ApiKey api, Operation operation, ResourceType type, ErrorCode refusal, String of) {
        this.api = api;
        this.operation = operation;
        this.type = type;
        this.refusal = refusal;
        this.of = of;
        this.instead = null;
    }

    Permission(ApiKey api, Operation operation, ResourceType type, Permission instead) {
        this.api = api;
        this.operation = operation;
        this.type = type;
        this.refusal = instead.refusal;
        this.of = instead.of;
        this.instead = instead;
    }

    public ApiKey api() {
        return api;
    }

    public Operation operation() {
        return operation;
    }

    public ResourceType type() {
        return type;
    }

    /** The error for whoever lacks it; null where what it is about is left out of the answer then. */
    public ErrorCode refusal() {
        return refusal;
    }

    /** Of what it is asked, or when. */
    public String of() {
        return of;
    }

    /** The permission in whose place it is enough; null for none. */
    public Permission instead() {
        return instead;
    }

    /** Whether the client has it for the resource of a name. A refusal is written down. */
    public boolean isGranted(RequestContext context, String name) {
        if (context.access().allows(operation, type, name)) {
            return true;
        }
        if (refusal != null) {
            refused(context, name);
        }
        return false;
    }

    /** Whether the client has it for the cluster. A refusal is written down. */
    public boolean isGranted(RequestContext context) {
        return isGranted(context, ResourceType.CLUSTER_NAME);
    }

    /** Whether the client has it, where another one is enough as well, which is asked next. */
    boolean isGrantedQuietly(RequestContext context, String name) {
        return context.access().allows(operation, type, name);
    }

    /** As {@link #isGrantedQuietly(RequestContext, String)}, for the cluster. */
    boolean isGrantedQuietly(RequestContext context) {
        return isGrantedQuietly(context, ResourceType.CLUSTER_NAME);
    }

    /** Whether the client has it for any resource that there could be. */
    boolean isGrantedForSome(RequestContext context) {
        return context.access().allowsSome(operation, type);
    }

    /** Writes down that the client does not have it. */
    void refused(RequestContext context, String name) {
        context.access().refused(who(context), api.title(), operation, type, name);
    }

    /** Who asks. */
    static Audit.Who who(RequestContext context) {
        ClientInfo client = context.client();
        return new Audit.Who(client.principal().toString(), client.address().getHostAddress(), client.listenerName(), context.clientId());
    }
}
