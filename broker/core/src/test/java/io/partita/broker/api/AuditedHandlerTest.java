package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.message.CreateTopicsRequest;
import io.partita.broker.protocol.message.DeleteTopicsRequest;
import io.partita.broker.protocol.message.IncrementalAlterConfigsRequest;
import io.partita.broker.protocol.message.MetadataRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients create, change and delete, in lines of the audit. */
class AuditedHandlerTest {

    private static final String WHO = "administered principal=User:ANONYMOUS host=127.0.0.1 listener=PLAINTEXT client=test api=";

    private final AdminFixture broker = new AdminFixture();

    private static CreateTopicsRequest.CreatableTopic topic(String name, int partitions) {
        CreateTopicsRequest.CreatableTopic topic = new CreateTopicsRequest.CreatableTopic();
        topic.name = name;
        topic.numPartitions = partitions;
        topic.replicationFactor = 1;
        return topic;
    }

    @Test
    void eachTopicIsALineWithWhatCameOfIt() {
        CreateTopicsRequest create = new CreateTopicsRequest();
        create.timeoutMs = 1_000;
        create.topics.addAll(List.of(topic("orders", 1), topic("or ders", 1)));
        broker.call(ApiKey.CREATE_TOPICS, 7, create);
        assertEquals(List.of(WHO + "CreateTopics what=TOPIC:orders outcome=NONE", WHO + "CreateTopics what=\"TOPIC:or ders\" outcome=INVALID_TOPIC_EXCEPTION"),
                broker.audited);
        broker.audited.clear();

        DeleteTopicsRequest delete = new DeleteTopicsRequest();
        delete.timeoutMs = 1_000;
        delete.topicNames.add("orders");
        broker.call(ApiKey.DELETE_TOPICS, 5, delete);
        assertEquals(List.of(WHO + "DeleteTopics what=TOPIC:orders outcome=NONE"), broker.audited);
    }

    @Test
    void settingsAreNamedAndTheirValuesAreNot() {
        broker.create("orders", 1);
        var alter = new IncrementalAlterConfigsRequest();
        var resource = new IncrementalAlterConfigsRequest.AlterConfigsResource();
        resource.resourceType = 2;
        resource.resourceName = "orders";
        var config = new IncrementalAlterConfigsRequest.AlterableConfig();
        config.name = "retention.ms";
        config.value = "4711";
        resource.configs.add(config);
        alter.resources.add(resource);
        broker.call(ApiKey.INCREMENTAL_ALTER_CONFIGS, 1, alter);
        assertEquals(List.of(WHO + "IncrementalAlterConfigs what=\"TOPIC:orders [retention.ms]\" outcome=NONE"), broker.audited);
    }

    @Test
    void whoAsksWhatWouldBeOrOnlyLooksIsNotWrittenDown() {
        CreateTopicsRequest create = new CreateTopicsRequest();
        create.timeoutMs = 1_000;
        create.validateOnly = true;
        create.topics.add(topic("orders", 1));
        broker.call(ApiKey.CREATE_TOPICS, 7, create);
        broker.call(ApiKey.METADATA, 9, new MetadataRequest());
        assertEquals(List.of(), broker.audited);
    }
}
