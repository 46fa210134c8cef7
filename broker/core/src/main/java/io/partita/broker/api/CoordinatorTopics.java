package io.partita.broker.api;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Failures;
import io.partita.broker.metadata.InternalTopics;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.protocol.ErrorCode;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the topics that coordinators keep their state in when they are first needed. Any thread. */
final class CoordinatorTopics {

    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorTopics.class);

    private final MetadataStore metadata;
    private final BrokerConfig config;

    CoordinatorTopics(MetadataStore metadata, BrokerConfig config) {
        this.metadata = metadata;
        this.config = config;
    }

    /** Runs {@code then}, at once when the topic is there, else when it has been made, or could not be. It gets as many replicas as there are brokers then. */
    void ensure(String name, Runnable then) {
        if (metadata.image().topic(name) != null) {
            then.run();
            return;
        }
        NewTopic topic = InternalTopics.of(name, config, metadata.image());
        metadata.createTopics(List.of(topic), false).whenComplete((results, failure) -> {
            if (failure != null) {
                LOG.warn("{} could not be created: {}. There are no coordinators until it is.", topic.name(), Failures.said(failure));
            } else if (results.getFirst().error() != ErrorCode.NONE && results.getFirst().error() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                LOG.warn("{} was not created: {} ({}). There are no coordinators until it is.", topic.name(), results.getFirst().error(),
                        results.getFirst().message());
            }
            then.run();
        });
    }
}
