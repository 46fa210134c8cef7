package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.security.Authorizer;

/** The APIs about access rules, with the versions they are served in. Without an authorizer rules mean nothing, and each is answered so, as by Kafka. */
public final class AclApis {

    static final ErrorCode DISABLED = ErrorCode.SECURITY_DISABLED;
    static final String WHY_DISABLED = "This broker has no authorizer: every client that reaches its listeners may do everything. Set authorizer.class.name.";
    static final String NOT_AUTHORIZED = "Cluster authorization failed.";

    private AclApis() {}

    /** Serves them. */
    public static void serve(ApiRegistry.Builder registry, MetadataStore store, Authorizer authorizer) {
        registry.serve(ApiKey.DESCRIBE_ACLS, 0, 3, new DescribeAclsHandler(store, authorizer))
                .serve(ApiKey.CREATE_ACLS, 0, 3, new CreateAclsHandler(store, authorizer))
                .serve(ApiKey.DELETE_ACLS, 0, 3, new DeleteAclsHandler(store, authorizer));
    }
}
