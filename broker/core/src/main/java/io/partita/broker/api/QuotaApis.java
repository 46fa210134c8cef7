package io.partita.broker.api;

import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.protocol.ApiKey;

/** The APIs about quotas, with the versions they are served in. */
public final class QuotaApis {

    private QuotaApis() {}

    /** Serves them. */
    public static void serve(ApiRegistry.Builder registry, MetadataStore store) {
        registry.serve(ApiKey.DESCRIBE_CLIENT_QUOTAS, 0, 1, new DescribeClientQuotasHandler(store))
                .serve(ApiKey.ALTER_CLIENT_QUOTAS, 0, 1, new AlterClientQuotasHandler(store));
    }
}
