package io.partita.broker.api;

import io.partita.broker.group.GroupCoordinator;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import io.partita.broker.share.state.ShareCoordinator;
import io.partita.broker.transaction.TransactionCoordinator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * ApiVersions (key 18), versions 0–5. v1 throttle time; v3 flexible, client software name and version (KIP-511), features (KIP-584); v4 features of level 0; v5 cluster and node check
 * (KIP-1242): a client that means to talk to another cluster or node is told to bootstrap again. A request in a version that is not known is
 * answered in version 0 with UNSUPPORTED_VERSION and the versions of this key.
 */
public final class ApiVersionsHandler implements Handler<ApiVersionsRequest> {

    private static final short FIRST_VERSION_WITH_SOFTWARE = 3;
    private static final short FIRST_VERSION_WITH_LEVEL_0 = 4;
    /** Features with the level that is in force. The lowest of each is 0, which stands for none of it. */
    private static final Map<String, Short> FEATURES = new TreeMap<>(Map.of(
            "transaction.version", TransactionCoordinator.NEW_PROTOCOL,
            "group.version", GroupCoordinator.CONSUMER_GROUPS,
            "share.version", ShareCoordinator.SHARE_GROUPS,
            "streams.version", GroupCoordinator.STREAMS_GROUPS));

    private final Supplier<List<ApiRegistry.Entry>> entries;
    private final String clusterId;
    private final int nodeId;

    /** @param entries what is served; asked with each request, because the registry that holds this handler is complete only after it */
    public ApiVersionsHandler(Supplier<List<ApiRegistry.Entry>> entries, String clusterId, int nodeId) {
        this.entries = entries;
        this.clusterId = clusterId;
        this.nodeId = nodeId;
    }

    @Override
    public void handle(RequestContext context, ApiVersionsRequest request) {
        ApiVersionsResponse response = new ApiVersionsResponse();
        if (context.version() < 0) {
            response.errorCode = ErrorCode.UNSUPPORTED_VERSION.code();
            for (ApiRegistry.Entry entry : entries.get()) {
                if (entry.key() == ApiKey.API_VERSIONS) {
                    response.apiKeys.add(version(entry));
                }
            }
            context.respond(response);
            return;
        }
        if (context.version() >= FIRST_VERSION_WITH_SOFTWARE) {
            if (!isName(request.clientSoftwareName) || !isName(request.clientSoftwareVersion)) {
                response.errorCode = ErrorCode.INVALID_REQUEST.code();
                context.respond(response);
                return;
            }
            context.client().identify(request.clientSoftwareName, request.clientSoftwareVersion);
        }
        boolean otherCluster = request.clusterId != null && !request.clusterId.equals(clusterId);
        boolean otherNode = request.clusterId != null && request.nodeId >= 0 && request.nodeId != nodeId;
        if (otherCluster || otherNode) {
            response.errorCode = ErrorCode.REBOOTSTRAP_REQUIRED.code();
            context.respond(response);
            return;
        }
        for (ApiRegistry.Entry entry : entries.get()) {
            response.apiKeys.add(version(entry));
        }
        addFeatures(response, context.version());
        context.respond(response);
    }

    /**
     * By these clients and tools know that they may use the newer protocol of transactions (KIP-890) and that of consumer groups (KIP-848). In the file of
     * metadata there is no level that could change.
     */
    private static void addFeatures(ApiVersionsResponse response, short version) {
        FEATURES.forEach((name, level) -> {
            if (version >= FIRST_VERSION_WITH_LEVEL_0) {
                // Clients of the version before cannot read a feature whose lowest level is 0.
                var supported = new ApiVersionsResponse.SupportedFeatureKey();
                supported.name = name;
                supported.maxVersion = level;
                response.supportedFeatures.add(supported);
            }
            var finalized = new ApiVersionsResponse.FinalizedFeatureKey();
            finalized.name = name;
            finalized.minVersionLevel = level;
            finalized.maxVersionLevel = level;
            response.finalizedFeatures.add(finalized);
        });
        response.finalizedFeaturesEpoch = 0;
    }

    private static ApiVersionsResponse.ApiVersion version(ApiRegistry.Entry entry) {
        ApiVersionsResponse.ApiVersion version = new ApiVersionsResponse.ApiVersion();
        version.apiKey = entry.key().id();
        version.minVersion = entry.minVersion();
        version.maxVersion = entry.maxVersion();
        return version;
    }

    /** KIP-511: letters, digits, dots and dashes, with a letter or digit at both ends. */
    private static boolean isName(String name) {
        if (name.isEmpty() || !isAlphanumeric(name.charAt(0)) || !isAlphanumeric(name.charAt(name.length() - 1))) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!isAlphanumeric(c) && c != '.' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isAlphanumeric(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }
}
