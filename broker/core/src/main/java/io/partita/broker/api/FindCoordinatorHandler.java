package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.coordinator.CoordinatorShards;
import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.FindCoordinatorRequest;
import io.partita.broker.protocol.message.FindCoordinatorResponse;
import io.partita.broker.transaction.TransactionCoordinator;

/**
 * FindCoordinator (key 10), versions 0–6. v1 key types and throttle time; v4 several keys (KIP-699); v6 share-partitions (KIP-932).
 *
 * <p>The coordinator of a group is the leader of its partition of {@code __consumer_offsets}, that of a transactional id the leader of its partition of {@code
 * __transaction_state}. The first question after one creates that topic, and is answered when it is there. Where several brokers
 * do not replicate to each other, transactional ids have no coordinator, for it could not have markers written on other brokers: who looks for one is told so with an
 * error that ends its wait.
 */
public final class FindCoordinatorHandler implements Handler<FindCoordinatorRequest> {

    private static final String NO_TRANSACTIONS = "Transactions are not served by several brokers that do not replicate to each other: use a producer without transactional.id; "
            + "enable.idempotence keeps its records in order and single.";

    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final byte SHARE = 2;
    private static final short FIRST_VERSION_WITH_SHARES = 6;

    private final MetadataStore metadata;
    private final CoordinatorTopics topics;

    /** {@code config} says how {@code __consumer_offsets} and {@code __transaction_state} are created when they are first needed. */
    public FindCoordinatorHandler(MetadataStore metadata, BrokerConfig config) {
        this.metadata = metadata;
        this.topics = new CoordinatorTopics(metadata, config);
    }

    @Override
    public void handle(RequestContext context, FindCoordinatorRequest request) {
        String topic = switch (request.keyType) {
            case GROUP -> TopicNames.CONSUMER_OFFSETS;
            case TRANSACTION -> servesTransactions() ? TopicNames.TRANSACTION_STATE : null;
            case SHARE -> context.version() >= FIRST_VERSION_WITH_SHARES ? TopicNames.SHARE_GROUP_STATE : null;
            default -> null;
        };
        if (topic == null) {
            answer(context, request);
        } else {
            topics.ensure(topic, () -> answer(context, request));
        }
    }

    private void answer(RequestContext context, FindCoordinatorRequest request) {
        ClusterImage image = metadata.newest();
        var response = new FindCoordinatorResponse();
        if (context.version() < 4) {
            var coordinator = find(context, image, request.keyType, request.key);
            response.errorCode = coordinator.errorCode;
            response.errorMessage = coordinator.errorMessage;
            response.nodeId = coordinator.nodeId;
            response.host = coordinator.host;
            response.port = coordinator.port;
        } else {
            for (String key : request.coordinatorKeys) {
                response.coordinators.add(find(context, image, request.keyType, key));
            }
        }
        context.respond(response);
    }

    private boolean servesTransactions() {
        return metadata.states() != null || metadata.image().brokers().size() <= 1;
    }

    private FindCoordinatorResponse.Coordinator find(RequestContext context, ClusterImage image, byte keyType, String key) {
        Permission asked = keyType == GROUP ? Permission.FIND_COORDINATOR_GROUP : Permission.FIND_COORDINATOR_TRANSACTIONAL_ID;
        if ((keyType == GROUP || keyType == TRANSACTION) && !asked.isGranted(context, key)) {
            return none(key, asked.refusal(), null);
        }
        if (keyType == SHARE && context.version() >= FIRST_VERSION_WITH_SHARES) {
            if (!Permission.FIND_COORDINATOR_SHARE.isGranted(context)) {
                return none(key, Permission.FIND_COORDINATOR_SHARE.refusal(), null);
            }
            return isShareKey(key)
                    ? leader(context, image, TopicNames.SHARE_GROUP_STATE, key)
                    : none(key, ErrorCode.INVALID_REQUEST, "The key of a share-partition is its group, topic id and partition, with ':' between them.");
        }
        return switch (keyType) {
            case GROUP -> leader(context, image, GroupCoordinator.TOPIC, key);
            case TRANSACTION -> servesTransactions()
                    ? leader(context, image, TransactionCoordinator.TOPIC, key)
                    : none(key, noTransactions(context.version()), NO_TRANSACTIONS);
            default -> none(key, ErrorCode.INVALID_REQUEST, "There is no coordinator of key type " + keyType + ".");
        };
    }

    private static boolean isShareKey(String key) {
        int partition = key.lastIndexOf(':');
        return partition > 0 && key.lastIndexOf(':', partition - 1) > 0;
    }

    /** Versions 0–2 are librdkafka's, which asks again and again after any error that is not one of authorization. */
    private static ErrorCode noTransactions(short version) {
        return version < 3 ? ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED : ErrorCode.UNSUPPORTED_VERSION;
    }

    private static FindCoordinatorResponse.Coordinator leader(RequestContext context, ClusterImage image, String topicName, String key) {
        TopicImage topic = image.topic(topicName);
        if (topic == null) {
            return none(key, ErrorCode.COORDINATOR_NOT_AVAILABLE, "The topic " + topicName + " does not exist yet.");
        }
        PartitionImage partition = topic.partition(CoordinatorShards.partitionFor(key, topic.partitions().size()));
        BrokerImage broker = partition.leader() == PartitionImage.NO_LEADER ? null : image.broker(partition.leader());
        BrokerImage.Endpoint endpoint = broker == null ? null : broker.endpoint(context.client().listenerName());
        if (endpoint == null) {
            return none(key, ErrorCode.COORDINATOR_NOT_AVAILABLE, "The partition of " + topicName + " that it belongs to has no leader.");
        }
        var coordinator = new FindCoordinatorResponse.Coordinator();
        coordinator.key = key;
        coordinator.nodeId = broker.id();
        coordinator.host = endpoint.host();
        coordinator.port = endpoint.port();
        return coordinator;
    }

    private static FindCoordinatorResponse.Coordinator none(String key, ErrorCode error, String message) {
        var coordinator = new FindCoordinatorResponse.Coordinator();
        coordinator.key = key;
        coordinator.nodeId = PartitionImage.NO_LEADER;
        coordinator.port = -1;
        coordinator.errorCode = error.code();
        coordinator.errorMessage = message;
        return coordinator;
    }
}
