package io.partita.broker.http;

import io.partita.broker.protocol.ErrorCode;

/** What HTTP says for Kafka's errors, and a sentence for each that is likely, where the broker gives none. */
final class Remedies {

    private Remedies() {}

    static int status(ErrorCode error) {
        return switch (error) {
            case TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    POLICY_VIOLATION ->
                403;
            case UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, GROUP_ID_NOT_FOUND, TRANSACTIONAL_ID_NOT_FOUND, RESOURCE_NOT_FOUND -> 404;
            case TOPIC_ALREADY_EXISTS, NON_EMPTY_GROUP, UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, GROUP_SUBSCRIBED_TO_TOPIC,
                    INVALID_TXN_STATE,
                    ELECTION_NOT_NEEDED, STALE_MEMBER_EPOCH ->
                409;
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> 413;
            case THROTTLING_QUOTA_EXCEEDED -> 429;
            case OFFSET_OUT_OF_RANGE, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR, INVALID_REPLICA_ASSIGNMENT, INVALID_CONFIG,
                    INVALID_REQUEST, INVALID_RECORD, INVALID_TIMESTAMP, INVALID_GROUP_ID, OFFSET_METADATA_TOO_LARGE, UNSUPPORTED_VERSION, SECURITY_DISABLED ->
                400;
            case UNKNOWN_SERVER_ERROR, CORRUPT_MESSAGE -> 500;
            default -> error.retriable() || error == ErrorCode.KAFKA_STORAGE_ERROR || error == ErrorCode.BROKER_NOT_AVAILABLE ? 503 : 400;
        };
    }

    static String of(ErrorCode error, String about) {
        return switch (error) {
            case TOPIC_AUTHORIZATION_FAILED -> "You may not do that with " + about + ": an access rule has to allow it (kafka-acls.sh, or /api/v1/acls).";
            case GROUP_AUTHORIZATION_FAILED -> "You may not do that with " + about + ": an access rule for the group has to allow it.";
            case CLUSTER_AUTHORIZATION_FAILED -> "You may not do that with the cluster: an access rule for the cluster has to allow it.";
            case TRANSACTIONAL_ID_AUTHORIZATION_FAILED -> "You may not do that with " + about + ": an access rule for the transactional id has to allow it.";
            case UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID ->
                "There is no " + about + ", or you may not see it: the list of topics shows those that you may see.";
            case GROUP_ID_NOT_FOUND -> "There is no " + about + ": the list of groups shows those that there are.";
            case TRANSACTIONAL_ID_NOT_FOUND -> "There is no " + about + ": the list of transactions shows those that there are.";
            case TOPIC_ALREADY_EXISTS -> "There is a topic of that name already: choose another name, or change that one.";
            case NON_EMPTY_GROUP -> "The " + about + " has members: stop its consumers first, then try again.";
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, STALE_MEMBER_EPOCH -> "The " + about
                    + " has members, and only they may commit offsets: stop its consumers first, then try again.";
            case REBALANCE_IN_PROGRESS -> "The " + about + " is rebalancing: try again when it is stable.";
            case GROUP_SUBSCRIBED_TO_TOPIC -> "A member of the " + about + " is subscribed to the topic: stop it first.";
            case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> "The records are larger than max.message.bytes of " + about
                    + " allows: send smaller ones, or raise that setting of the topic.";
            case OFFSET_OUT_OF_RANGE -> "There is no such offset in " + about + ": what is said of the topic has where its partitions begin and end.";
            case NOT_LEADER_OR_FOLLOWER, LEADER_NOT_AVAILABLE -> "The leader of " + about + " has just changed, or there is none: try again in a moment.";
            case NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND -> "Fewer replicas of " + about
                    + " are in sync than min.insync.replicas says: try again when the brokers are back.";
            case COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS -> "The coordinator of " + about
                    + " is not there yet: try again in a moment.";
            case REQUEST_TIMED_OUT -> "It took too long, and may be done all the same: look, then try again.";
            case KAFKA_STORAGE_ERROR -> "The disk below " + about + " takes or gives nothing: the broker's log says why.";
            case INVALID_REPLICATION_FACTOR -> "There are not so many brokers: choose a replication factor up to their number.";
            case INVALID_PARTITIONS -> "The number of partitions has to be at least 1, and more than there are where partitions are added.";
            case INVALID_TOPIC_EXCEPTION -> "A topic's name has letters, digits, '.', '_' and '-', 249 at most, and is neither '.' nor '..'.";
            case SECURITY_DISABLED -> "This broker asks no access rules: set authorizer.class.name, and they are in force (docs/AUTHORIZATION.md).";
            case THROTTLING_QUOTA_EXCEEDED -> "A quota bounds how much you may do of that in a second: try again later.";
            case INVALID_RECORD -> "A record is not as " + about + " wants it: compacted topics want a key in each.";
            default -> "The broker answers " + error.name() + " for " + about + ".";
        };
    }
}
