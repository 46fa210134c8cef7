package io.partita.broker.api;

import io.partita.broker.config.ConfigChange;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.security.ResourceType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Collects the resources of an AlterConfigs or IncrementalAlterConfigs request and carries out what can be: what both requests share. A resource
 * that is wrong in itself is refused without keeping the others from being altered.
 */
final class ConfigAlterations {

    private final RequestContext context;
    private final ClusterConfig cluster;
    private final List<Resource> resources = new ArrayList<>();
    private final Map<Object, Integer> named = new HashMap<>();

    ConfigAlterations(RequestContext context, ClusterConfig cluster) {
        this.context = context;
        this.cluster = cluster;
    }

    private record Resource(byte type, String name, List<ConfigChange> changes, boolean fromScratch) {}

    /** Adds a resource. A change of a kind that does not exist has {@code null} for it. */
    void add(byte type, String name, List<ConfigChange> changes, boolean fromScratch) {
        resources.add(new Resource(type, name, changes, fromScratch));
        named.merge(List.of(type, name), 1, Integer::sum);
    }

    /** Carries them out; the results are in the order in which the resources were added. */
    CompletionStage<List<Result<Void>>> carryOut(boolean validateOnly) {
        List<Result<Void>> results = new ArrayList<>();
        List<ConfigAlteration> alterations = new ArrayList<>();
        for (Resource resource : resources) {
            Permission permission = permission(resource);
            if (!permission.isGranted(context, permission.type() == ResourceType.CLUSTER ? ResourceType.CLUSTER_NAME : resource.name)) {
                results.add(Result.refused(permission.refusal(), "Authorization failed."));
                continue;
            }
            String problem = problem(resource);
            results.add(problem == null ? null : Result.refused(ErrorCode.INVALID_REQUEST, problem));
            if (problem == null) {
                alterations.add(new ConfigAlteration(target(resource), resource.changes, resource.fromScratch));
            }
        }
        return cluster.store().alterConfigs(alterations, validateOnly).thenApply(altered -> {
            int next = 0;
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) == null) {
                    results.set(i, altered.get(next++));
                }
            }
            return results;
        });
    }

    private Permission permission(Resource resource) {
        boolean isIncremental = context.apiKey() == ApiKey.INCREMENTAL_ALTER_CONFIGS;
        return switch (ConfigResourceType.forId(resource.type)) {
            case TOPIC -> isIncremental ? Permission.INCREMENTAL_ALTER_CONFIGS_TOPIC : Permission.ALTER_CONFIGS_TOPIC;
            case GROUP -> isIncremental ? Permission.INCREMENTAL_ALTER_CONFIGS_GROUP : Permission.ALTER_CONFIGS_GROUP;
            case null, default -> isIncremental ? Permission.INCREMENTAL_ALTER_CONFIGS_CLUSTER : Permission.ALTER_CONFIGS_CLUSTER;
        };
    }

    private static ConfigAlteration.Target target(Resource resource) {
        if (resource.type == ConfigResourceType.TOPIC.id()) {
            return new ConfigAlteration.Topic(resource.name);
        }
        if (resource.type == ConfigResourceType.GROUP.id()) {
            return new ConfigAlteration.Group(resource.name);
        }
        return new ConfigAlteration.Broker(resource.name.isEmpty() ? ClusterImage.ALL_BROKERS : Integer.parseInt(resource.name));
    }

    /** What is wrong with a resource before anybody looks at its settings, or {@code null}. */
    private String problem(Resource resource) {
        if (named.get(List.of(resource.type, resource.name)) > 1) {
            return "The resource '" + resource.name + "' is named more than once in one request: put its changes together.";
        }
        String problem = switch (ConfigResourceType.forId(resource.type)) {
            case null -> "There are no settings of the resource type " + resource.type + ".";
            case TOPIC -> resource.name.isEmpty()
                    ? "A topic without a name has no settings: name one. What all topics take by default are settings of the brokers."
                    : null;
            case BROKER -> resource.name.isEmpty() || resource.name.equals(Integer.toString(cluster.nodeId()))
                    ? null
                    : "This is broker " + cluster.nodeId() + ", which cannot change settings of broker '" + resource.name
                            + "': ask that broker, or give an empty name for the settings of all brokers.";
            case BROKER_LOGGER -> "Log levels cannot be seen or changed over the Kafka protocol: set them in the broker's logging configuration.";
            case CLIENT_METRICS -> "Client metrics are not collected, so nothing about them can be set.";
            case GROUP -> resource.name.isEmpty() ? "A group without a name has no settings: name one." : null;
        };
        return problem != null ? problem : problem(resource.changes);
    }

    private static String problem(List<ConfigChange> changes) {
        Set<String> names = new HashSet<>();
        for (ConfigChange change : changes) {
            if (!names.add(change.name())) {
                return "The configuration " + change.name() + " is changed twice in one request: say once what it shall be.";
            }
            if (change.kind() == null) {
                return "The change of the configuration " + change.name() + " is of an unknown kind.";
            }
            if (change.kind() != ConfigChange.Kind.DELETE && change.value() == null) {
                return "The configuration " + change.name() + " has no value: give one, or delete the setting to take the default.";
            }
        }
        return null;
    }
}
