package io.partita.broker.api;

import io.partita.broker.metadata.BrokerImage;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeClusterRequest;
import io.partita.broker.protocol.message.DescribeClusterResponse;
import io.partita.broker.protocol.message.DescribeClusterResponse.DescribeClusterBroker;

/**
 * DescribeCluster (key 60), versions 0-2 (KIP-700): the brokers and the cluster's id.
 *
 * <pre>
 * v1  asks for brokers or controllers (KIP-919); there are no controllers to ask here
 * v2  asks for fenced brokers, too (KIP-1073); there are none in what a broker knows
 * </pre>
 */
final class DescribeClusterHandler implements Handler<DescribeClusterRequest> {

    private static final byte BROKERS = 1;
    private static final byte CONTROLLERS = 2;

    private final ClusterConfig cluster;

    DescribeClusterHandler(ClusterConfig cluster) {
        this.cluster = cluster;
    }

    @Override
    public void handle(RequestContext context, DescribeClusterRequest request) {
        DescribeClusterResponse response = new DescribeClusterResponse();
        if (request.endpointType != BROKERS) {
            boolean controllers = request.endpointType == CONTROLLERS;
            response.errorCode = (controllers ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE).code();
            response.errorMessage = controllers
                    ? "This is a broker, and there are no controllers to describe: ask for brokers (--bootstrap-server)."
                    : "There are no endpoints of the type " + request.endpointType + ": 1 stands for brokers.";
            context.respond(response);
            return;
        }
        ClusterImage image = cluster.image();
        response.clusterId = image.clusterId();
        response.controllerId = image.controllerId();
        if (request.includeClusterAuthorizedOperations) {
            response.clusterAuthorizedOperations = AuthorizedOperations.ofCluster(context, Permission.DESCRIBE_CLUSTER);
        }
        boolean isAnybodyStaying = image.isAnybodyStaying();
        for (BrokerImage broker : image.brokers()) {
            BrokerImage.Endpoint endpoint = broker.endpoint(context.client().listenerName());
            // Who connects to one that stops is about to be sent away.
            if (endpoint != null && (broker.standing() != BrokerImage.Standing.STOPPING || !isAnybodyStaying)) {
                DescribeClusterBroker one = new DescribeClusterBroker();
                one.brokerId = broker.id();
                one.host = endpoint.host();
                one.port = endpoint.port();
                one.rack = broker.rack();
                response.brokers.add(one);
            }
        }
        context.respond(response);
    }
}
