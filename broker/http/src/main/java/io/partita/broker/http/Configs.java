package io.partita.broker.http;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.DescribeConfigsRequest;
import io.partita.broker.protocol.message.DescribeConfigsResponse;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Settings of topics, groups and brokers: by DescribeConfigs and IncrementalAlterConfigs. */
final class Configs {

    static final byte TOPIC = 2;
    static final byte BROKER = 4;
    static final byte GROUP = 32;

    private static final int DESCRIBE = 4;
    private static final int ALTER = 1;
    private static final byte SET = 0;
    private static final byte DELETE = 1;
    private static final byte DYNAMIC_TOPIC = 1;

    private static final String[] SOURCES = {"unknown", "topic", "broker", "all brokers", "start of the broker", "default", "broker logger", "client metrics",
        "group"};
    private static final String[] TYPES = {"unknown", "boolean", "string", "int", "short", "long", "double", "list", "class", "password"};

    private Configs() {}

    /** All settings of something. @throws Problem when there is nothing of that name, or the caller may not see them */
    static List<DescribeConfigsResourceResult> of(Kafka kafka, byte type, String name, String about) {
        var resource = new DescribeConfigsRequest.DescribeConfigsResource();
        resource.resourceType = type;
        resource.resourceName = name;
        resource.configurationKeys = null;
        var request = new DescribeConfigsRequest();
        request.includeSynonyms = true;
        request.includeDocumentation = true;
        request.resources.add(resource);
        int broker = type == BROKER && !name.isEmpty() ? Integer.parseInt(name) : kafka.self();
        DescribeConfigsResponse response = kafka.at(broker, ApiKey.DESCRIBE_CONFIGS, DESCRIBE, request);
        var result = response.results.getFirst();
        Problem.check(result.errorCode, about, null);
        result.configs.sort(Comparator.comparing(config -> config.name));
        return result.configs;
    }

    /** Those of a topic that somebody gave to it, by name. */
    static Map<String, String> ofTopicItself(Kafka kafka, String topic) {
        Map<String, String> own = new TreeMap<>();
        of(kafka, TOPIC, topic, "topic '" + topic + "'").forEach(config -> {
            if (config.configSource == DYNAMIC_TOPIC) {
                own.put(config.name, config.value);
            }
        });
        return own;
    }

    static JsonArray json(List<DescribeConfigsResourceResult> configs, boolean changedOnly) {
        JsonArray all = new JsonArray();
        for (DescribeConfigsResourceResult config : configs) {
            boolean isDefault = config.configSource == 5;
            if (changedOnly && isDefault) {
                continue;
            }
            JsonArray synonyms = new JsonArray();
            config.synonyms.forEach(synonym -> synonyms.add(new JsonObject().put("name", synonym.name).put("value", synonym.value)
                    .put("source", word(SOURCES, synonym.source))));
            all.add(new JsonObject().put("name", config.name).put("value", config.isSensitive ? null : config.value).put("type", word(TYPES, config.configType))
                    .put("source", word(SOURCES, config.configSource)).put("isDefault", isDefault).put("readOnly", config.readOnly)
                    .put("sensitive", config.isSensitive).put("documentation", config.documentation).put("synonyms", synonyms));
        }
        return all;
    }

    private static String word(String[] words, int index) {
        return index >= 0 && index < words.length ? words[index] : words[0];
    }

    /** Gives settings to something; null takes one back. */
    static void change(Kafka kafka, byte type, String name, JsonObject wanted, boolean dryRun, String about) {
        var resource = new IncrementalAlterConfigsRequest.AlterConfigsResource();
        resource.resourceType = type;
        resource.resourceName = name;
        for (Map.Entry<String, Object> one : wanted) {
            var config = new IncrementalAlterConfigsRequest.AlterableConfig();
            config.name = one.getKey();
            config.configOperation = one.getValue() == null ? DELETE : SET;
            config.value = switch (one.getValue()) {
                case null -> null;
                case JsonArray list -> String.join(",", list.stream().map(String::valueOf).toList());
                case Object value -> value.toString();
            };
            resource.configs.add(config);
        }
        if (resource.configs.isEmpty()) {
            throw Problem.badRequest("There is nothing to change: give the settings as {\"name\": \"value\"}, null to take one back.");
        }
        var request = new IncrementalAlterConfigsRequest();
        request.validateOnly = dryRun;
        request.resources.add(resource);
        int broker = type == BROKER && !name.isEmpty() ? Integer.parseInt(name) : kafka.self();
        IncrementalAlterConfigsResponse response = kafka.at(broker, ApiKey.INCREMENTAL_ALTER_CONFIGS, ALTER, request);
        var result = response.responses.getFirst();
        Problem.check(result.errorCode, about, result.errorMessage);
    }
}
