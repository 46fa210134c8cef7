package io.partita.broker.api;

import io.partita.broker.config.ConfigChange;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.message.AlterConfigsRequest;
import io.partita.broker.protocol.message.AlterConfigsRequest.AlterConfigsResource;
import io.partita.broker.protocol.message.AlterConfigsRequest.AlterableConfig;
import io.partita.broker.protocol.message.AlterConfigsResponse;
import io.partita.broker.protocol.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * AlterConfigs (key 33), versions 0-2: replaces all settings of a topic or broker, so that what is not named goes back to its default. Kafka's own
 * clients no longer send it; librdkafka, sarama and kafkajs do. The versions differ in encoding only.
 */
final class AlterConfigsHandler implements Handler<AlterConfigsRequest> {

    /** The request says nothing of how long the client waits: a little less than Kafka's clients do by default. */
    static final int WAIT_MILLIS_MAX = 25_000;

    private final ClusterConfig cluster;

    AlterConfigsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, AlterConfigsRequest request) {
        ConfigAlterations alterations = new ConfigAlterations(context, cluster);
        for (AlterConfigsResource resource : request.resources) {
            List<ConfigChange> changes = new ArrayList<>(resource.configs.size());
            for (AlterableConfig config : resource.configs) {
                changes.add(new ConfigChange(config.name, ConfigChange.Kind.SET, config.value));
            }
            alterations.add(resource.resourceType, resource.resourceName, changes, true);
        }
        TimedAnswer.give(context, alterations.carryOut(request.validateOnly), WAIT_MILLIS_MAX,
                results -> response(request, results),
                (error, reason) -> response(request, Collections.nCopies(request.resources.size(), Result.refused(error, reason))));
    }

    private static AlterConfigsResponse response(AlterConfigsRequest request, List<Result<Void>> results) {
        AlterConfigsResponse response = new AlterConfigsResponse();
        for (int i = 0; i < results.size(); i++) {
            AlterConfigsResourceResponse one = new AlterConfigsResourceResponse();
            one.errorCode = results.get(i).error().code();
            one.errorMessage = results.get(i).message();
            one.resourceType = request.resources.get(i).resourceType;
            one.resourceName = request.resources.get(i).resourceName;
            response.responses.add(one);
        }
        return response;
    }
}
