package io.partita.quarkus.deployment;

import io.quarkus.runtime.annotations.ConfigPhase;
import io.quarkus.runtime.annotations.ConfigRoot;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Map;
import java.util.OptionalInt;

/** Settings of the extension. */
@ConfigMapping(prefix = "quarkus.partita")
@ConfigRoot(phase = ConfigPhase.BUILD_TIME)
public interface PartitaBuildTimeConfig {

    /** The broker that is started in dev mode and in tests. */
    DevServices devservices();

    /** The broker that is started in dev mode and in tests. */
    interface DevServices {

        /** Whether a broker is started when there is no {@code kafka.bootstrap.servers}. */
        @WithDefault("true")
        boolean enabled();

        /** The port to listen on; any free one unless given. */
        OptionalInt port();

        /**
         * Topics to be there, with their numbers of partitions. Those of channels are there in any case, with one partition. What is set for Quarkus' own Dev Service,
         * {@code quarkus.kafka.devservices.topic-partitions}, counts too.
         */
        Map<String, Integer> topicPartitions();

        /** Settings of the broker under Kafka's names. */
        Map<String, String> settings();
    }
}
