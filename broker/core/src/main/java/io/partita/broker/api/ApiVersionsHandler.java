package io.partita.broker.api;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.ApiVersionsRequest;
import io.partita.broker.protocol.message.ApiVersionsResponse;
import java.util.List;
import java.util.function.Supplier;

/**
 * ApiVersions (key 18), versions 0–5. v1 throttle time; v3 flexible, client software name and version (KIP-511); v5 cluster and node check
 * (KIP-1242): a client that means to talk to another cluster or node is told to bootstrap again. A request in a version that is not known is
 * answered in version 0 with UNSUPPORTED_VERSION and the versions of this key.
 */
public final class ApiVersionsHandler implements Handler<ApiVersionsRequest> {

    private static final short FIRST_VERSION_WITH_SOFTWARE = 3;

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
        context.respond(response);
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
