package io.partita.broker.protocol;

import io.partita.broker.protocol.message.ApiMessages;

/**
 * The requests of the protocol. The versions are those of our message definitions, which reach further back than Kafka's; what a broker serves
 * is the business of its handlers. Keys without versions belong to Kafka's controllers, or were removed; they have no messages here.
 */
public enum ApiKey {
    PRODUCE(0, "Produce", 0, 13, 9),
    FETCH(1, "Fetch", 0, 18, 12),
    LIST_OFFSETS(2, "ListOffsets", 0, 11, 6),
    METADATA(3, "Metadata", 0, 13, 9),
    LEADER_AND_ISR(4, "LeaderAndIsr"),
    STOP_REPLICA(5, "StopReplica"),
    UPDATE_METADATA(6, "UpdateMetadata"),
    CONTROLLED_SHUTDOWN(7, "ControlledShutdown"),
    OFFSET_COMMIT(8, "OffsetCommit", 0, 10, 8),
    OFFSET_FETCH(9, "OffsetFetch", 0, 10, 6),
    FIND_COORDINATOR(10, "FindCoordinator", 0, 6, 3),
    JOIN_GROUP(11, "JoinGroup", 0, 9, 6),
    HEARTBEAT(12, "Heartbeat", 0, 4, 4),
    LEAVE_GROUP(13, "LeaveGroup", 0, 5, 4),
    SYNC_GROUP(14, "SyncGroup", 0, 5, 4),
    DESCRIBE_GROUPS(15, "DescribeGroups", 0, 6, 5),
    LIST_GROUPS(16, "ListGroups", 0, 5, 3),
    SASL_HANDSHAKE(17, "SaslHandshake", 0, 1, Never.FLEXIBLE),
    API_VERSIONS(18, "ApiVersions", 0, 5, 3),
    CREATE_TOPICS(19, "CreateTopics", 0, 7, 5),
    DELETE_TOPICS(20, "DeleteTopics", 0, 6, 4),
    DELETE_RECORDS(21, "DeleteRecords", 0, 2, 2),
    INIT_PRODUCER_ID(22, "InitProducerId", 0, 6, 2),
    OFFSET_FOR_LEADER_EPOCH(23, "OffsetForLeaderEpoch", 0, 4, 4),
    ADD_PARTITIONS_TO_TXN(24, "AddPartitionsToTxn", 0, 5, 3),
    ADD_OFFSETS_TO_TXN(25, "AddOffsetsToTxn", 0, 4, 3),
    END_TXN(26, "EndTxn", 0, 5, 3),
    WRITE_TXN_MARKERS(27, "WriteTxnMarkers", 1, 2, 1),
    TXN_OFFSET_COMMIT(28, "TxnOffsetCommit", 0, 6, 3),
    DESCRIBE_ACLS(29, "DescribeAcls", 0, 3, 2),
    CREATE_ACLS(30, "CreateAcls", 0, 3, 2),
    DELETE_ACLS(31, "DeleteAcls", 0, 3, 2),
    DESCRIBE_CONFIGS(32, "DescribeConfigs", 0, 4, 4),
    ALTER_CONFIGS(33, "AlterConfigs", 0, 2, 2),
    ALTER_REPLICA_LOG_DIRS(34, "AlterReplicaLogDirs", 0, 2, 2),
    DESCRIBE_LOG_DIRS(35, "DescribeLogDirs", 0, 5, 2),
    SASL_AUTHENTICATE(36, "SaslAuthenticate", 0, 2, 2),
    CREATE_PARTITIONS(37, "CreatePartitions", 0, 3, 2),
    CREATE_DELEGATION_TOKEN(38, "CreateDelegationToken", 1, 3, 2),
    RENEW_DELEGATION_TOKEN(39, "RenewDelegationToken", 1, 2, 2),
    EXPIRE_DELEGATION_TOKEN(40, "ExpireDelegationToken", 1, 2, 2),
    DESCRIBE_DELEGATION_TOKEN(41, "DescribeDelegationToken", 1, 3, 2),
    DELETE_GROUPS(42, "DeleteGroups", 0, 3, 2),
    ELECT_LEADERS(43, "ElectLeaders", 0, 2, 2),
    INCREMENTAL_ALTER_CONFIGS(44, "IncrementalAlterConfigs", 0, 1, 1),
    ALTER_PARTITION_REASSIGNMENTS(45, "AlterPartitionReassignments", 0, 1, 0),
    LIST_PARTITION_REASSIGNMENTS(46, "ListPartitionReassignments", 0, 0, 0),
    OFFSET_DELETE(47, "OffsetDelete", 0, 0, Never.FLEXIBLE),
    DESCRIBE_CLIENT_QUOTAS(48, "DescribeClientQuotas", 0, 1, 1),
    ALTER_CLIENT_QUOTAS(49, "AlterClientQuotas", 0, 1, 1),
    DESCRIBE_USER_SCRAM_CREDENTIALS(50, "DescribeUserScramCredentials", 0, 0, 0),
    ALTER_USER_SCRAM_CREDENTIALS(51, "AlterUserScramCredentials", 0, 0, 0),
    VOTE(52, "Vote"),
    BEGIN_QUORUM_EPOCH(53, "BeginQuorumEpoch"),
    END_QUORUM_EPOCH(54, "EndQuorumEpoch"),
    DESCRIBE_QUORUM(55, "DescribeQuorum", 0, 2, 0),
    ALTER_PARTITION(56, "AlterPartition"),
    UPDATE_FEATURES(57, "UpdateFeatures", 0, 2, 0),
    ENVELOPE(58, "Envelope", 0, 0, 0),
    FETCH_SNAPSHOT(59, "FetchSnapshot"),
    DESCRIBE_CLUSTER(60, "DescribeCluster", 0, 2, 0),
    DESCRIBE_PRODUCERS(61, "DescribeProducers", 0, 0, 0),
    BROKER_REGISTRATION(62, "BrokerRegistration"),
    BROKER_HEARTBEAT(63, "BrokerHeartbeat"),
    UNREGISTER_BROKER(64, "UnregisterBroker", 0, 0, 0),
    DESCRIBE_TRANSACTIONS(65, "DescribeTransactions", 0, 0, 0),
    LIST_TRANSACTIONS(66, "ListTransactions", 0, 2, 0),
    ALLOCATE_PRODUCER_IDS(67, "AllocateProducerIds"),
    CONSUMER_GROUP_HEARTBEAT(68, "ConsumerGroupHeartbeat", 0, 1, 0),
    CONSUMER_GROUP_DESCRIBE(69, "ConsumerGroupDescribe", 0, 1, 0),
    CONTROLLER_REGISTRATION(70, "ControllerRegistration"),
    GET_TELEMETRY_SUBSCRIPTIONS(71, "GetTelemetrySubscriptions", 0, 0, 0),
    PUSH_TELEMETRY(72, "PushTelemetry", 0, 0, 0),
    ASSIGN_REPLICAS_TO_DIRS(73, "AssignReplicasToDirs"),
    LIST_CONFIG_RESOURCES(74, "ListConfigResources", 0, 1, 0),
    DESCRIBE_TOPIC_PARTITIONS(75, "DescribeTopicPartitions", 0, 0, 0),
    SHARE_GROUP_HEARTBEAT(76, "ShareGroupHeartbeat", 1, 1, 0),
    SHARE_GROUP_DESCRIBE(77, "ShareGroupDescribe", 1, 1, 0),
    SHARE_FETCH(78, "ShareFetch", 1, 2, 0),
    SHARE_ACKNOWLEDGE(79, "ShareAcknowledge", 1, 2, 0),
    ADD_RAFT_VOTER(80, "AddRaftVoter"),
    REMOVE_RAFT_VOTER(81, "RemoveRaftVoter"),
    UPDATE_RAFT_VOTER(82, "UpdateRaftVoter"),
    INITIALIZE_SHARE_GROUP_STATE(83, "InitializeShareGroupState", 0, 0, 0),
    READ_SHARE_GROUP_STATE(84, "ReadShareGroupState", 0, 0, 0),
    WRITE_SHARE_GROUP_STATE(85, "WriteShareGroupState", 0, 1, 0),
    DELETE_SHARE_GROUP_STATE(86, "DeleteShareGroupState", 0, 0, 0),
    READ_SHARE_GROUP_STATE_SUMMARY(87, "ReadShareGroupStateSummary", 0, 1, 0),
    STREAMS_GROUP_HEARTBEAT(88, "StreamsGroupHeartbeat", 0, 1, 0),
    STREAMS_GROUP_DESCRIBE(89, "StreamsGroupDescribe", 0, 1, 0),
    DESCRIBE_SHARE_GROUP_OFFSETS(90, "DescribeShareGroupOffsets", 0, 1, 0),
    ALTER_SHARE_GROUP_OFFSETS(91, "AlterShareGroupOffsets", 0, 0, 0),
    DELETE_SHARE_GROUP_OFFSETS(92, "DeleteShareGroupOffsets", 0, 0, 0),
    STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE(93, "StreamsGroupTopologyDescriptionUpdate", 0, 0, 0),
    UNREGISTER_CONTROLLER(94, "UnregisterController");

    private static final ApiKey[] BY_ID = values();

    private final short id;
    private final String title;
    private final short lowestVersion;
    private final short highestVersion;
    private final short flexibleFrom;

    ApiKey(int id, String title) {
        this(id, title, 0, -1, Never.FLEXIBLE);
    }

    ApiKey(int id, String title, int lowestVersion, int highestVersion, int flexibleFrom) {
        this.id = (short) id;
        this.title = title;
        this.lowestVersion = (short) lowestVersion;
        this.highestVersion = (short) highestVersion;
        this.flexibleFrom = (short) flexibleFrom;
    }

    /** The key with this number, null when there is none. */
    public static ApiKey forId(int id) {
        return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
    }

    /** Its number on the wire. */
    public short id() {
        return id;
    }

    /** Its name in Kafka's documents, as in {@code CreateTopics}. */
    public String title() {
        return title;
    }

    /** Whether there are messages for this key at all. */
    public boolean hasMessages() {
        return highestVersion >= lowestVersion;
    }

    public short lowestVersion() {
        return lowestVersion;
    }

    public short highestVersion() {
        return highestVersion;
    }

    /** Whether this version can be read and written. */
    public boolean knows(int version) {
        return version >= lowestVersion && version <= highestVersion;
    }

    /** Whether requests and responses of this version have compact lengths and tagged fields (KIP-482). */
    public boolean isFlexible(int version) {
        return version >= flexibleFrom;
    }

    /** The version of the {@code RequestHeader} before a request of this version, also when the version itself is unknown. */
    public short requestHeaderVersion(int version) {
        return (short) (isFlexible(version) ? 2 : 1);
    }

    /**
     * The version of the {@code ResponseHeader} before a response of this version. That of ApiVersions is always 0: the client does not know yet
     * what the broker speaks (KIP-511).
     */
    public short responseHeaderVersion(int version) {
        return (short) (isFlexible(version) && this != API_VERSIONS ? 1 : 0);
    }

    /** An empty request; loads its class and no other. There must be {@link #hasMessages messages}. */
    public Message newRequest() {
        return ApiMessages.request(id);
    }

    /** An empty response, likewise. */
    public Message newResponse() {
        return ApiMessages.response(id);
    }

    /** Apart, since an enum's constants cannot see its static fields. */
    private static final class Never {
        static final int FLEXIBLE = Short.MAX_VALUE;
    }
}
