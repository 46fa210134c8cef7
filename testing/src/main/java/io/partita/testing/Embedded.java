package io.partita.testing;

import java.util.Map;

/** What a test class may have: one broker, or several. */
sealed interface Embedded extends AutoCloseable permits EmbeddedBroker, EmbeddedCluster {

    String bootstrapServers();

    /** Makes sure of a topic of this shape without a record in it. */
    void recreateTopic(String name, int partitions, Map<String, String> configs);

    @Override
    void close();
}
