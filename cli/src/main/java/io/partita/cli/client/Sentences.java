package io.partita.cli.client;

import io.partita.broker.protocol.ErrorCode;
import io.partita.cli.client.Failure.Kind;

/** What error codes of the protocol mean to whoever typed a command. */
public final class Sentences {

    private Sentences() {}

    /** Throws when {@code code} is an error. {@code subject} is what the sentence is about, as in "The topic orders". */
    public static void check(short code, String message, String subject) {
        if (code != 0) {
            throw failure(code, message, subject);
        }
    }

    /** @param message the broker's own, which may be null or empty */
    public static Failure failure(short code, String message, String subject) {
        ErrorCode error = ErrorCode.forCode(code);
        String said = message == null || message.isBlank() ? "" : " " + end(message);
        return switch (error) {
            case UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID -> new Failure(Kind.NOT_FOUND, subject + " does not exist.");
            case GROUP_ID_NOT_FOUND -> new Failure(Kind.NOT_FOUND, subject + " does not exist.", "partita group list shows those that do.");
            case RESOURCE_NOT_FOUND, TRANSACTIONAL_ID_NOT_FOUND -> new Failure(Kind.NOT_FOUND, subject + " does not exist." + said);
            case TOPIC_ALREADY_EXISTS -> new Failure(Kind.REFUSED, subject + " exists already.");
            case TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED, TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    DELEGATION_TOKEN_AUTHORIZATION_FAILED ->
                new Failure(Kind.NOT_ALLOWED, subject + ": you may not do this (" + error + ")." + said,
                        "partita acl list shows who may; who you are is in the file of --config.");
            case SECURITY_DISABLED -> new Failure(Kind.REFUSED, subject + ": the broker has no access rules." + said,
                    "authorizer.class.name of the broker switches them on; see docs/SECURITY.md.");
            case NON_EMPTY_GROUP -> new Failure(Kind.REFUSED, subject + " has members." + said, "Stop its consumers first.");
            case UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION, STALE_MEMBER_EPOCH -> new Failure(Kind.REFUSED,
                    subject + " has members, whose offsets are theirs to commit.", "Stop its consumers first.");
            case GROUP_SUBSCRIBED_TO_TOPIC -> new Failure(Kind.REFUSED, subject + ": a member is subscribed to the topic.", "Stop its consumers first.");
            case REQUEST_TIMED_OUT -> new Failure(Kind.REFUSED, subject + ": the cluster has not done it in time, and may yet do so." + said,
                    "partita cluster status shows whether something is not well.");
            case NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND -> new Failure(Kind.REFUSED,
                    subject + ": fewer replicas are in sync than min.insync.replicas asks for.", "partita cluster status shows which brokers are away.");
            case LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER -> new Failure(Kind.REFUSED, subject + " has no leader now.",
                    "partita cluster status shows which brokers are away.");
            case UNSUPPORTED_VERSION -> new Failure(Kind.REFUSED, subject + ": the cluster does not support this." + said);
            default -> new Failure(Kind.REFUSED, subject + ":" + (said.isEmpty() ? " the cluster refuses it (" + error + ")." : said + " (" + error + ")"));
        };
    }

    /** The text with a full stop at its end. */
    public static String end(String text) {
        String trimmed = text.strip();
        return trimmed.isEmpty() || ".!?)".indexOf(trimmed.charAt(trimmed.length() - 1)) >= 0 ? trimmed : trimmed + ".";
    }

    /** {@code 1 partition}, {@code 3 partitions}. */
    public static String count(long number, String noun) {
        return String.format("%,d %s%s", number, noun, number == 1 ? "" : "s");
    }
}
