package io.partita.broker.api;

import io.partita.broker.config.ConfigEntry;
import io.partita.broker.config.ConfigSource;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicNames;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeConfigsRequest;
import io.partita.broker.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.partita.broker.protocol.message.DescribeConfigsResponse;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsSynonym;
import io.partita.broker.security.ResourceType;
import java.util.List;

/**
 * DescribeConfigs (key 32), versions 0-4: the settings of topics and of this broker, with where each value comes from.
 *
 * <pre>
 * v0  isDefault in place of a source        v3  type and documentation (KIP-569)
 * v1  source and synonyms (KIP-226)
 * </pre>
 *
 * <p>Client metrics have no settings here, so theirs are empty lists. Log levels are not changed over the protocol.
 */
final class DescribeConfigsHandler implements Handler<DescribeConfigsRequest> {

    private final ClusterConfig cluster;

    DescribeConfigsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, DescribeConfigsRequest request) {
        ClusterImage image = cluster.image();
        DescribeConfigsResponse response = new DescribeConfigsResponse();
        for (DescribeConfigsResource resource : request.resources) {
            DescribeConfigsResult result = new DescribeConfigsResult();
            result.resourceType = resource.resourceType;
            result.resourceName = resource.resourceName;
            result.errorMessage = null;
            List<ConfigEntry> entries = entries(context, resource, image, result);
            for (ConfigEntry entry : entries) {
                result.configs.add(describe(entry, request));
            }
            response.results.add(result);
        }
        context.respond(response);
    }

    /** The settings asked for; with an error in {@code result} none. */
    private List<ConfigEntry> entries(RequestContext context, DescribeConfigsResource resource, ClusterImage image, DescribeConfigsResult result) {
        // Clients say "all" in both ways.
        List<String> names = resource.configurationKeys == null || resource.configurationKeys.isEmpty() ? null : resource.configurationKeys;
        ConfigResourceType type = ConfigResourceType.forId(resource.resourceType);
        Permission permission = permission(type);
        if (!permission.isGranted(context, permission.type() == ResourceType.CLUSTER ? ResourceType.CLUSTER_NAME : resource.resourceName)) {
            return refuse(result, permission.refusal(), "Authorization failed.");
        }
        return switch (type) {
            case null -> refuse(result, ErrorCode.INVALID_REQUEST, "There are no settings of the resource type " + resource.resourceType + ".");
            case TOPIC -> topicEntries(resource.resourceName, names, image, result);
            case BROKER -> brokerEntries(resource.resourceName, names, image, result);
            case BROKER_LOGGER -> refuse(result, ErrorCode.INVALID_REQUEST,
                    "Log levels cannot be seen or changed over the Kafka protocol: set them in the broker's logging configuration.");
            case CLIENT_METRICS -> List.of();
            case GROUP -> ConfigEntry.ofGroup(image.groupConfigs(resource.resourceName), cluster.broker(image), names);
        };
    }

    private static Permission permission(ConfigResourceType type) {
        return switch (type) {
            case TOPIC -> Permission.DESCRIBE_CONFIGS_TOPIC;
            case GROUP -> Permission.DESCRIBE_CONFIGS_GROUP;
            case null, default -> Permission.DESCRIBE_CONFIGS_CLUSTER;
        };
    }

    private List<ConfigEntry> topicEntries(String name, List<String> names, ClusterImage image, DescribeConfigsResult result) {
        TopicImage topic = image.topic(name);
        if (topic != null) {
            return ConfigEntry.ofTopic(topic.configs(), cluster.broker(image), names);
        }
        String problem = TopicNames.problem(name);
        return problem != null
                ? refuse(result, ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
                : refuse(result, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "There is no topic '" + name + "'.");
    }

    private List<ConfigEntry> brokerEntries(String name, List<String> names, ClusterImage image, DescribeConfigsResult result) {
        if (name.isEmpty()) {
            return ConfigEntry.ofAllBrokers(image.brokerConfigs(ClusterImage.ALL_BROKERS), names);
        }
        return name.equals(Integer.toString(cluster.nodeId()))
                ? ConfigEntry.ofBroker(cluster.broker(image), names)
                : refuse(result, ErrorCode.INVALID_REQUEST, "This is broker " + cluster.nodeId() + ", which knows no settings of broker '" + name
                        + "': ask that broker, or give an empty name for the settings of all brokers.");
    }

    private static List<ConfigEntry> refuse(DescribeConfigsResult result, ErrorCode error, String message) {
        result.errorCode = error.code();
        result.errorMessage = message;
        return List.of();
    }

    private static DescribeConfigsResourceResult describe(ConfigEntry entry, DescribeConfigsRequest request) {
        DescribeConfigsResourceResult described = new DescribeConfigsResourceResult();
        described.name = entry.definition().name();
        described.value = entry.value();
        described.readOnly = entry.readOnly();
        described.isDefault = entry.source() == ConfigSource.DEFAULT_CONFIG;
        described.configSource = entry.source().id();
        described.isSensitive = entry.definition().sensitive();
        described.configType = entry.definition().type().id();
        described.documentation = request.includeDocumentation ? entry.definition().documentation() : null;
        if (request.includeSynonyms) {
            for (ConfigEntry.Synonym synonym : entry.synonyms()) {
                DescribeConfigsSynonym one = new DescribeConfigsSynonym();
                one.name = synonym.name();
                one.value = synonym.value();
                one.source = synonym.source().id();
                described.synonyms.add(one);
            }
        }
        return described;
    }
}
