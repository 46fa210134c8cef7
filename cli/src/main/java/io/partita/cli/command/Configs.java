package io.partita.cli.command;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DescribeConfigsRequest;
import io.partita.broker.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.partita.broker.protocol.message.DescribeConfigsResponse;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse;
import io.partita.cli.client.BrokerConnection;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.Sentences;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Reads and changes settings. */
final class Configs {

    /** What has settings. */
    enum Kind {
        topic(2),
        broker(4),
        group(32);

        final byte id;

        Kind(int id) {
            this.id = (byte) id;
        }
    }

    /** Where a value comes from, by the numbers of the protocol. */
    private static final List<String> SOURCES = List.of("unknown", "topic", "broker", "all brokers", "file", "default", "logger", "client metrics", "group");
    private static final byte SET = 0;
    private static final byte DELETE = 1;

    private final Cluster cluster;

    Configs(Cluster cluster) {
        this.cluster = cluster;
    }

    static String source(byte id) {
        return id >= 0 && id < SOURCES.size() ? SOURCES.get(id) : SOURCES.getFirst();
    }

    /** Whether somebody set the value for this one. */
    static boolean isOwn(Kind kind, DescribeConfigsResourceResult config) {
        return switch (kind) {
            case topic -> config.configSource == 1;
            case broker -> config.configSource == 2 || config.configSource == 3 || config.configSource == 4;
            case group -> config.configSource == 8;
        };
    }

    List<DescribeConfigsResourceResult> of(Kind kind, String name, boolean documentation) {
        DescribeConfigsRequest request = new DescribeConfigsRequest();
        DescribeConfigsResource resource = new DescribeConfigsResource();
        resource.resourceType = kind.id;
        resource.resourceName = name;
        resource.configurationKeys = null;
        request.resources.add(resource);
        request.includeDocumentation = documentation;
        DescribeConfigsResult result = connection(kind, name).call(ApiKey.DESCRIBE_CONFIGS, 1, 4, request, new DescribeConfigsResponse()).results.getFirst();
        Sentences.check(result.errorCode, result.errorMessage, "The " + kind + " " + name);
        return result.configs;
    }

    /** Sets and removes values, all or none. With {@code dryRun} they are only checked. */
    void alter(Kind kind, String name, Map<String, String> set, Collection<String> removed, boolean dryRun) {
        IncrementalAlterConfigsRequest request = new IncrementalAlterConfigsRequest();
        AlterConfigsResource resource = new AlterConfigsResource();
        resource.resourceType = kind.id;
        resource.resourceName = name;
        set.forEach((setting, value) -> resource.configs.add(operation(setting, SET, value)));
        removed.forEach(setting -> resource.configs.add(operation(setting, DELETE, null)));
        request.resources.add(resource);
        request.validateOnly = dryRun;
        var result = connection(kind, name).call(ApiKey.INCREMENTAL_ALTER_CONFIGS, 0, 1, request, new IncrementalAlterConfigsResponse()).responses.getFirst();
        Sentences.check(result.errorCode, result.errorMessage, name.isEmpty() ? "All brokers" : "The " + kind + " " + name);
    }

    private static AlterableConfig operation(String name, byte operation, String value) {
        AlterableConfig config = new AlterableConfig();
        config.name = name;
        config.configOperation = operation;
        config.value = value;
        return config;
    }

    /** Settings of one broker are asked of it. */
    private BrokerConnection connection(Kind kind, String name) {
        return kind == Kind.broker && !name.isEmpty() ? cluster.broker(Brokers.number(name)) : cluster.any();
    }
}
