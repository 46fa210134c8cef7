package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker in a process of its own, with and without a watchdog. */
class WatchdogIT {

    private static final int KILLED = 128 + 9;

    @TempDir
    Path directory;
    private final List<Process> started = new ArrayList<>();

    private Process start(String timeoutMillis) throws IOException {
        Process broker = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), BrokerMain.class.getName(), "--port", "0", "--data", directory.resolve("data").toString(),
                "--set", "watchdog.timeout.ms=" + timeoutMillis)
                .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
        started.add(broker);
        until("the broker serves", () -> log().contains("serves Kafka clients"));
        return broker;
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("log"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void until(String what, java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, what);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    private static void signal(String signal, Process broker) throws Exception {
        assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(broker.pid())).start().waitFor());
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aBrokerThatStandsStillIsEnded() throws Exception {
        Process broker = start("2000");
        signal("STOP", broker);
        assertTrue(broker.waitFor(60, TimeUnit.SECONDS));
        assertEquals(KILLED, broker.exitValue());
        until("it is said", () -> log().contains("was ended by its watchdog"));
    }

    @Test
    void oneThatStopsInOrderLeavesNoWatchdogBehind() throws Exception {
        Process broker = start("2000");
        List<ProcessHandle> dogs = broker.descendants().toList();
        assertFalse(dogs.isEmpty());
        signal("TERM", broker);
        assertTrue(broker.waitFor(60, TimeUnit.SECONDS));
        assertTrue(log().contains("Partita has stopped."), log());
        until("its watchdog ends", () -> dogs.stream().noneMatch(ProcessHandle::isAlive));
    }
}
