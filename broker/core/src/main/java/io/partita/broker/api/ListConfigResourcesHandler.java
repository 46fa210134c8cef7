package io.partita.broker.api;

import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ListConfigResourcesRequest;
import io.partita.broker.protocol.message.ListConfigResourcesResponse;
import io.partita.broker.protocol.message.ListConfigResourcesResponse.ConfigResource;
import java.util.List;

/**
 * ListConfigResources (key 74), versions 0-1: what has settings that can be described.
 *
 * <pre>
 * v0  client metrics only (KIP-714), of which there are none here
 * v1  topics, brokers and groups, too (KIP-1142); no type named means all
 * </pre>
 */
final class ListConfigResourcesHandler implements Handler<ListConfigResourcesRequest> {

    private static final List<Byte> ALL = List.of(ConfigResourceType.TOPIC.id(), ConfigResourceType.BROKER.id(), ConfigResourceType.GROUP.id());

    private final ClusterConfig cluster;

    ListConfigResourcesHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, ListConfigResourcesRequest request) {
        ListConfigResourcesResponse response = new ListConfigResourcesResponse();
        if (!Permission.LIST_CONFIG_RESOURCES.isGranted(context)) {
            response.errorCode = Permission.LIST_CONFIG_RESOURCES.refusal().code();
        } else if (context.version() >= 1) {
            ClusterImage image = cluster.image();
            for (Byte type : request.resourceTypes.isEmpty() ? ALL : request.resourceTypes) {
                switch (ConfigResourceType.forId(type)) {
                    case null -> response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
                    case TOPIC -> {
                        for (TopicImage topic : image.topics()) {
                            add(response, ConfigResourceType.TOPIC, topic.name());
                        }
                    }
                    case BROKER -> {
                        for (BrokerImage broker : image.brokers()) {
                            add(response, ConfigResourceType.BROKER, Integer.toString(broker.id()));
                        }
                    }
                    // None of these has settings here.
                    case BROKER_LOGGER, CLIENT_METRICS -> {}
                    case GROUP -> image.configuredGroups().forEach(group -> add(response, ConfigResourceType.GROUP, group));
                }
            }
            if (response.errorCode != ErrorCode.NONE.code()) {
                response.configResources.clear();
            }
        }
        context.respond(response);
    }

    private static void add(ListConfigResourcesResponse response, ConfigResourceType type, String name) {
        ConfigResource resource = new ConfigResource();
        resource.resourceType = type.id();
        resource.resourceName = name;
        response.configResources.add(resource);
    }
}
