package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are told to be the same broker, over a real etcd. */
class OneNumberTwiceIT {

    @TempDir
    Path directory;

    @Test
    void oneOfThemIsThatBrokerAndTheOthersEnd() throws Exception {
        try (EtcdServer etcd = EtcdServer.start(directory); BrokerProcesses brokers = new BrokerProcesses(directory, etcd.address())) {
            brokers.begin(1);
            brokers.awaitServing(1);
            // Another process with its number is not let in; one on a copy of its directory looks as if it were the next one on it, and then there is one all the same.
            brokers.beginAs(2, 1);
            copy(brokers.data(1), brokers.data(3));
            brokers.beginAs(3, 1);
            assertEquals(3, brokers.awaitEnd(1));
            assertTrue(brokers.said(1).contains("Another process has become broker 1: process "), brokers.said(1));
            assertEquals(1, brokers.awaitEnd(2));
            assertTrue(brokers.said(2).contains("Another process is broker 1, and lives: process "), brokers.said(2));
            assertTrue(brokers.said(2).contains("Stop it, or give this one a node.id of its own."), brokers.said(2));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(from)) {
            files = found.toList();
        }
        for (Path file : files) {
            Files.copy(file, to.resolve(from.relativize(file)));
        }
    }
}
