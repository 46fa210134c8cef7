package io.partita.broker.api;

import io.partita.broker.config.ConfigChange;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * IncrementalAlterConfigs (key 44), versions 0-1 (KIP-339): changes some settings of a topic or broker and leaves the others. The versions differ
 * in encoding only.
 */
final class IncrementalAlterConfigsHandler implements Handler<IncrementalAlterConfigsRequest> {

    private final ClusterConfig cluster;

    IncrementalAlterConfigsHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, IncrementalAlterConfigsRequest request) {
        ConfigAlterations alterations = new ConfigAlterations(context, cluster);
        for (AlterConfigsResource resource : request.resources) {
            List<ConfigChange> changes = new ArrayList<>(resource.configs.size());
            for (AlterableConfig config : resource.configs) {
                changes.add(new ConfigChange(config.name, ConfigChange.Kind.forId(config.configOperation), config.value));
            }
            alterations.add(resource.resourceType, resource.resourceName, changes, false);
        }
        TimedAnswer.give(context, alterations.carryOut(request.validateOnly), AlterConfigsHandler.WAIT_MILLIS_MAX,
                results -> response(request, results),
                (error, reason) -> response(request, Collections.nCopies(request.resources.size(), Result.refused(error, reason))));
    }

    private static IncrementalAlterConfigsResponse response(IncrementalAlterConfigsRequest request, List<Result<Void>> results) {
        IncrementalAlterConfigsResponse response = new IncrementalAlterConfigsResponse();
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
