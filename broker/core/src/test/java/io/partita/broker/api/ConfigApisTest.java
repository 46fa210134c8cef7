package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.AlterConfigsRequest;
import io.partita.broker.protocol.message.AlterConfigsResponse;
import io.partita.broker.protocol.message.DescribeConfigsRequest;
import io.partita.broker.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.partita.broker.protocol.message.DescribeConfigsResponse;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.partita.broker.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse;
import io.partita.broker.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import io.partita.broker.protocol.message.ListConfigResourcesRequest;
import io.partita.broker.protocol.message.ListConfigResourcesResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** DescribeConfigs, AlterConfigs, IncrementalAlterConfigs and ListConfigResources. */
class ConfigApisTest {

    private static final int TOPIC = 2;
    private static final int BROKER = 4;
    private static final String SELF = Integer.toString(AdminFixture.NODE);
    private static final int SET = 0;
    private static final int DELETE = 1;
    private static final int APPEND = 2;

    private final AdminFixture broker = new AdminFixture();

    private static DescribeConfigsResource resource(int type, String name, String... keys) {
        DescribeConfigsResource resource = new DescribeConfigsResource();
        resource.resourceType = (byte) type;
        resource.resourceName = name;
        resource.configurationKeys = keys.length == 0 ? null : List.of(keys);
        return resource;
    }

    private List<DescribeConfigsResult> describe(int version, DescribeConfigsResource... resources) {
        DescribeConfigsRequest request = new DescribeConfigsRequest();
        request.includeSynonyms = version >= 1;
        request.includeDocumentation = version >= 3;
        request.resources.addAll(List.of(resources));
        DescribeConfigsResponse response = broker.call(ApiKey.DESCRIBE_CONFIGS, version, request);
        return response.results;
    }

    private DescribeConfigsResourceResult describe(int type, String name, String key) {
        return describe(4, resource(type, name, key)).getFirst().configs.getFirst();
    }

    @Test
    void everyVersionDescribesWhatItCan() {
        broker.create("t", 1);
        alter(resource("t", "retention.ms", SET, "5"));
        for (int version = 0; version <= 4; version++) {
            DescribeConfigsResult result = describe(version, resource(TOPIC, "t", "retention.ms", "segment.bytes", "nonsense")).getFirst();
            assertEquals(ErrorCode.NONE.code(), result.errorCode);
            assertEquals(List.of("retention.ms", "segment.bytes"), result.configs.stream().map(config -> config.name).toList());
            DescribeConfigsResourceResult retention = result.configs.getFirst();
            assertEquals("5", retention.value);
            assertEquals(version >= 1 ? 1 : -1, retention.configSource);
            assertEquals(version >= 1 ? List.of("retention.ms=5/1", "log.retention.hours=168/5") : List.of(),
                    retention.synonyms.stream().map(synonym -> synonym.name + "=" + synonym.value + "/" + synonym.source).toList());
            assertEquals(version >= 3 ? 5 : 0, retention.configType);
            assertEquals(version >= 3, retention.documentation != null && retention.documentation.contains("Milliseconds"));
        }
    }

    @Test
    void allSettingsAreShownWhenNoneIsNamed() {
        broker.create("t", 1);
        assertEquals(47, describe(4, resource(TOPIC, "t")).getFirst().configs.size());
        DescribeConfigsResource empty = resource(TOPIC, "t");
        empty.configurationKeys = List.of();
        assertEquals(47, describe(4, empty).getFirst().configs.size());
        assertTrue(describe(4, resource(BROKER, SELF)).getFirst().configs.size() > 80);
    }

    @Test
    void aBrokerShowsWhatTakesARestart() {
        DescribeConfigsResourceResult restart = describe(BROKER, SELF, "num.partitions");
        assertTrue(restart.readOnly);
        DescribeConfigsResourceResult fromStart = describe(BROKER, SELF, "log.segment.bytes");
        assertEquals(4, fromStart.configSource);
        assertEquals("2000000", fromStart.value);
    }

    @Test
    void whatCannotBeDescribedIsToldEachOnItsOwn() {
        broker.create("t", 1);
        List<DescribeConfigsResult> results = describe(4, resource(TOPIC, "nothing"), resource(TOPIC, "a/b"), resource(BROKER, "77"), resource(BROKER, "x"),
                resource(8, SELF), resource(99, "x"), resource(16, "x"), resource(32, "group"), resource(TOPIC, "t", "flush.ms"),
                resource(TOPIC, "t", "flush.ms"));
        assertEquals(List.of(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST,
                ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST, ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NONE, ErrorCode.NONE),
                results.stream().map(result -> ErrorCode.forCode(result.errorCode)).toList());
        assertEquals("nothing", results.getFirst().resourceName);
        assertEquals(2, results.getFirst().resourceType);
    }

    // ---- IncrementalAlterConfigs

    private static AlterConfigsResource resource(String topic, Object... changes) {
        return resource(TOPIC, topic, changes);
    }

    private static AlterConfigsResource resource(int type, String name, Object[] changes) {
        AlterConfigsResource resource = new AlterConfigsResource();
        resource.resourceType = (byte) type;
        resource.resourceName = name;
        for (int i = 0; i < changes.length; i += 3) {
            AlterableConfig config = new AlterableConfig();
            config.name = (String) changes[i];
            config.configOperation = ((Integer) changes[i + 1]).byteValue();
            config.value = (String) changes[i + 2];
            resource.configs.add(config);
        }
        return resource;
    }

    private List<ErrorCode> alter(AlterConfigsResource... resources) {
        return alter(1, false, resources).stream().map(response -> ErrorCode.forCode(response.errorCode)).toList();
    }

    private List<AlterConfigsResourceResponse> alter(int version, boolean validateOnly, AlterConfigsResource... resources) {
        IncrementalAlterConfigsRequest request = new IncrementalAlterConfigsRequest();
        request.validateOnly = validateOnly;
        request.resources.addAll(List.of(resources));
        IncrementalAlterConfigsResponse response = broker.call(ApiKey.INCREMENTAL_ALTER_CONFIGS, version, request);
        return response.responses;
    }

    @Test
    void altersEachResourceOnItsOwn() {
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            broker.create(name, 1);
        }
        assertEquals(List.of(ErrorCode.NONE, ErrorCode.INVALID_CONFIG, ErrorCode.INVALID_CONFIG, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST),
                alter(resource("a", "flush.ms", SET, "77", "cleanup.policy", APPEND, "compact"), resource("b", "retention.ms", APPEND, "1"),
                        resource("c", "foo", SET, "1"), resource("nothing", "flush.ms", SET, "1"), resource("d", "flush.ms", SET, null),
                        resource("e", "flush.ms", 7, "1"), resource("f", "flush.ms", SET, "1", "flush.ms", DELETE, null), resource("", "flush.ms", SET, "1")));
        assertEquals(Map.of("flush.ms", "77", "cleanup.policy", "delete,compact"), broker.store.image().topic("a").configs());
        assertEquals(List.of(ErrorCode.NONE), alter(resource("a", "flush.ms", DELETE, null)));
        assertEquals(Map.of("cleanup.policy", "delete,compact"), broker.store.image().topic("a").configs());
    }

    @Test
    void aResourceNamedTwiceIsNotAltered() {
        broker.create("a", 1);
        assertEquals(List.of(ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST),
                alter(resource("a", "flush.ms", SET, "1"), resource("a", "segment.ms", SET, "1")));
        assertEquals(Map.of(), broker.store.image().topic("a").configs());
    }

    @Test
    void validatesWithoutAltering() {
        broker.create("a", 1);
        for (int version = 0; version <= 1; version++) {
            AlterConfigsResourceResponse response = alter(version, true, resource("a", "flush.ms", SET, "1")).getFirst();
            assertEquals(ErrorCode.NONE.code(), response.errorCode);
            assertNull(response.errorMessage);
        }
        assertEquals(Map.of(), broker.store.image().topic("a").configs());
    }

    @Test
    void brokerSettingsChangeWhatTopicsTakeByDefault() {
        broker.create("t", 1);
        Object[] million = {"message.max.bytes", SET, "1000000"};
        Object[] twoMillion = {"message.max.bytes", SET, "2000000"};
        assertEquals(List.of(ErrorCode.NONE, ErrorCode.NONE, ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST),
                alter(resource(BROKER, SELF, million), resource(BROKER, "", twoMillion), resource(BROKER, "77", million), resource(BROKER, "x", million)));

        DescribeConfigsResourceResult topic = describe(TOPIC, "t", "max.message.bytes");
        assertEquals("1000000", topic.value);
        assertEquals(2, topic.configSource);
        assertEquals("2000000", describe(4, resource(BROKER, "")).getFirst().configs.getFirst().value);

        assertEquals(List.of(ErrorCode.NONE), alter(resource(BROKER, SELF, new Object[] {"message.max.bytes", DELETE, null})));
        assertEquals(3, describe(TOPIC, "t", "max.message.bytes").configSource);
        assertEquals(Map.of("message.max.bytes", "2000000"), broker.store.image().brokerConfigs(ClusterImage.ALL_BROKERS));
    }

    @Test
    void brokerSettingsThatTakeARestartAreRefused() {
        assertEquals(List.of(ErrorCode.INVALID_REQUEST), alter(resource(BROKER, SELF, new Object[] {"num.partitions", SET, "3"})));
        assertEquals(List.of(ErrorCode.INVALID_REQUEST), alter(resource(8, SELF, new Object[] {"io.partita", SET, "DEBUG"})));
        assertEquals(List.of(ErrorCode.INVALID_REQUEST), alter(resource(99, SELF, new Object[] {"a", SET, "b"})));
    }

    // ---- AlterConfigs

    @Test
    void replacingForgetsWhatIsNotNamed() {
        for (int version = 0; version <= 2; version++) {
            broker.create("t" + version, 1);
            alter(resource("t" + version, "flush.ms", SET, "1", "segment.ms", SET, "2"));
            assertEquals(ErrorCode.NONE, replace(version, "t" + version, "segment.ms", "3"));
            assertEquals(Map.of("segment.ms", "3"), broker.store.image().topic("t" + version).configs());
            assertEquals(ErrorCode.INVALID_CONFIG, replace(version, "t" + version, "segment.ms", "soon"));
            assertEquals(ErrorCode.INVALID_REQUEST, replace(version, "t" + version, "segment.ms", null));
        }
    }

    private ErrorCode replace(int version, String topic, String name, String value) {
        AlterConfigsRequest request = new AlterConfigsRequest();
        AlterConfigsRequest.AlterConfigsResource resource = new AlterConfigsRequest.AlterConfigsResource();
        resource.resourceType = TOPIC;
        resource.resourceName = topic;
        AlterConfigsRequest.AlterableConfig config = new AlterConfigsRequest.AlterableConfig();
        config.name = name;
        config.value = value;
        resource.configs.add(config);
        request.resources.add(resource);
        AlterConfigsResponse response = broker.call(ApiKey.ALTER_CONFIGS, version, request);
        return ErrorCode.forCode(response.responses.getFirst().errorCode);
    }

    // ---- ListConfigResources

    @Test
    void listsWhatHasSettings() {
        broker.create("b", 1);
        broker.create("a", 1);
        assertEquals(List.of("2 a", "2 b", "4 " + SELF), list(1));
        assertEquals(List.of("4 " + SELF), list(1, BROKER, 8, 16, 32));
        assertEquals(List.of(), list(0));
        assertEquals(List.of("error 35"), list(1, TOPIC, 77));
    }

    private List<String> list(int version, int... types) {
        ListConfigResourcesRequest request = new ListConfigResourcesRequest();
        for (int type : types) {
            request.resourceTypes.add((byte) type);
        }
        ListConfigResourcesResponse response = broker.call(ApiKey.LIST_CONFIG_RESOURCES, version, request);
        return response.errorCode != 0
                ? List.of("error " + response.errorCode)
                : response.configResources.stream().map(resource -> resource.resourceType + " " + resource.resourceName).toList();
    }
}
