package io.partita.broker.api;

import io.partita.broker.security.Operation;
import io.partita.broker.security.ResourceType;

/**
 * Which operations the asking client may do, as the bits that Metadata, DescribeCluster, DescribeGroups and DescribeTopicPartitions carry (KIP-430): bit n stands
 * for the operation with the number n in Kafka's ACLs.
 */
final class AuthorizedOperations {

    /** What a response carries when the client did not ask. */
    static final int NOT_ASKED = Integer.MIN_VALUE;

    private static final int OF_TOPIC = bits(Operation.READ, Operation.WRITE, Operation.CREATE, Operation.DELETE, Operation.ALTER, Operation.DESCRIBE,
            Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS);
    private static final int OF_GROUP = bits(Operation.READ, Operation.DELETE, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS);
    private static final int OF_CLUSTER = bits(Operation.CREATE, Operation.ALTER, Operation.DESCRIBE, Operation.CLUSTER_ACTION, Operation.DESCRIBE_CONFIGS,
            Operation.ALTER_CONFIGS, Operation.IDEMPOTENT_WRITE);

    private AuthorizedOperations() {}

    private static int bits(Operation... operations) {
        int bits = 0;
        for (Operation operation : operations) {
            bits |= operation.bit();
        }
        return bits;
    }

    static int ofTopic(RequestContext context, String topic) {
        return context.access().allowed(OF_TOPIC, ResourceType.TOPIC, topic);
    }

    static int ofGroup(RequestContext context, String group) {
        return context.access().allowed(OF_GROUP, ResourceType.GROUP, group);
    }

    /** None for whoever does not have {@code permission}. */
    static int ofCluster(RequestContext context, Permission permission) {
        return permission.isGranted(context) ? context.access().allowed(OF_CLUSTER, ResourceType.CLUSTER, ResourceType.CLUSTER_NAME) : 0;
    }
}
