#!/usr/bin/env bash
# Package: io.smallrye.reactive:smallrye-reactive-messaging-kafka 4.33.0 (Maven Central), with jackson-databind 2.19.1
# Behaviour: checkpoint.state-type names the class of the state that commit-strategy=checkpoint keeps. The codec that is used unless the application brings one of its own is made for
#   that class, and does not use it: a state that comes back from a store, after a restart or a rebalance, is a LinkedHashMap, and the application's next look at it
#   a ClassCastException. Until then, in the process that made it, it is what it should be, so tests without a restart see nothing.
# Seen: written: an Account of 5; read again by a store made for Account: java.util.LinkedHashMap
. "$(dirname "$0")/lib/java.sh"
libraries io.smallrye.reactive:smallrye-reactive-messaging-kafka:4.33.0 com.fasterxml.jackson.core:jackson-databind:2.19.1 org.slf4j:slf4j-nop:2.0.17
java_main << 'JAVA'
import io.smallrye.reactive.messaging.kafka.commit.*;
import io.vertx.mutiny.core.Vertx;
import java.io.File;
import java.nio.file.Files;
import java.util.*;
import org.apache.kafka.common.TopicPartition;

class Main {
    public static class Account {
        public int balance = 5;
    }

    /** The store of checkpoint.state-store=file, with the codec that its factory takes where an application has none. */
    static CheckpointStateStore store(Vertx vertx, File folder) {
        return new FileCheckpointStateStore(vertx, "group", folder, VertxJsonProcessingStateCodec.FACTORY.create(Account.class));
    }

    public static void main(String[] args) throws Exception {
        Vertx vertx = Vertx.vertx();
        File folder = Files.createTempDirectory("states").toFile();
        TopicPartition partition = new TopicPartition("t", 0);
        try {
            store(vertx, folder).persistProcessingState(Map.of(partition, new ProcessingState<>(new Account(), 3L))).await().indefinitely();
            ProcessingState<?> state = store(vertx, folder).fetchProcessingState(List.of(partition)).await().indefinitely().get(partition);
            System.out.println("offset " + state.getOffset() + ", state " + state.getState() + " of " + state.getState().getClass().getName());
        } finally {
            vertx.closeAndAwait();
            for (File file : folder.listFiles()) {
                file.delete();
            }
            folder.delete();
        }
    }
}
JAVA
expect 'offset 3, state {balance=5} of java.util.LinkedHashMap'
echo "as described"
