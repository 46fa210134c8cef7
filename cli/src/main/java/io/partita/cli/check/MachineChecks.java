package io.partita.cli.check;

import io.partita.broker.env.Failures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Looks at this machine as a broker's. What Linux tells in files is asked where it is there.
 *
 * @param root before all paths of the system; {@code /}, but in tests
 */
record MachineChecks(Path root, Path data, int port) {

    private static final int FILES_WANTED = 100_000;
    private static final int FILES_LEAST = 4_096;
    private static final long MEMORY_LEAST = 512L << 20;
    private static final int FREE_PERCENT_WANTED = 15;
    private static final int SYNCS = 50;
    private static final int SYNC_BYTES = 4_096;
    private static final long SLOW_SYNC_MICROS = 20_000;

    List<Finding> all() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.good("java", "Java " + Runtime.version() + " by " + System.getProperty("java.vendor") + "."));
        findings.add(openFiles());
        findings.add(memory());
        findings.add(swap());
        findings.add(clock());
        findings.add(listening());
        disk(findings);
        return findings;
    }

    private Finding openFiles() {
        String line = lines("proc/self/limits").stream().filter(one -> one.startsWith("Max open files")).findAny().orElse(null);
        if (line == null) {
            return Finding.good("open files", "Their limit cannot be told on this system.");
        }
        String soft = line.substring("Max open files".length()).trim().split("\\s+")[0];
        long limit = soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
        String remedy = "Raise it to " + FILES_WANTED + " or more: ulimit -n, LimitNOFILE= of a systemd unit.";
        String found = "A process may have " + soft + " files open; a broker needs some three for each partition and one for each client.";
        return limit < FILES_LEAST
                ? Finding.bad("open files", found, remedy)
                : limit < FILES_WANTED ? Finding.warning("open files", found, remedy) : Finding.good("open files", found);
    }

    private Finding memory() {
        long bytes = lines("proc/meminfo").stream().filter(line -> line.startsWith("MemTotal:")).mapToLong(line -> number(line) * 1024).findAny().orElse(-1);
        for (String file : new String[] {"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
            List<String> limit = lines(file);
            if (!limit.isEmpty() && !limit.getFirst().equals("max")) {
                bytes = Math.min(bytes < 0 ? Long.MAX_VALUE : bytes, number(limit.getFirst()));
            }
        }
        if (bytes < 0) {
            return Finding.good("memory", "It cannot be told on this system.");
        }
        String found = "There are " + (bytes >> 20) + " MB; what the heap leaves is the page cache, from which consumers are served.";
        return bytes < MEMORY_LEAST
                ? Finding.warning("memory", found, "A broker starts in 128 MB; give it " + (MEMORY_LEAST >> 20) + " MB or more for anything but trying it.")
                : Finding.good("memory", found);
    }

    private Finding swap() {
        boolean any = lines("proc/swaps").size() > 1;
        List<String> swappiness = lines("proc/sys/vm/swappiness");
        if (!any || swappiness.isEmpty() || number(swappiness.getFirst()) <= 1) {
            return Finding.good("swap", any ? "It is used as the last resort." : "There is none.");
        }
        return Finding.warning("swap",
                "Memory of a broker may be swapped out (vm.swappiness is " + swappiness.getFirst() + "), and then it stands still for moments.",
                "sysctl vm.swappiness=1, or swapoff -a.");
    }

    /** By the marks that the usual services leave; a machine without them may be right all the same. */
    private Finding clock() {
        boolean timesync = Files.exists(root.resolve("run/systemd/timesync/synchronized"));
        boolean other = Files.exists(root.resolve("run/chrony")) || Files.exists(root.resolve("run/ntpd.pid")) || Files.exists(root.resolve("var/run/chrony"));
        if (timesync || other) {
            return Finding.good("clock", timesync ? "It is kept right by systemd-timesyncd." : "A service keeps it right.");
        }
        return Finding.warning("clock", "No service is seen that keeps it right.",
                "Retention, transactions and logins by token go by the clock: run chrony or systemd-timesyncd. In a container it is the host's.");
    }

    private Finding listening() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return Finding.good("port", port + " is free.");
        } catch (IOException e) {
            return Finding.warning("port", "Something listens on " + port + " already.",
                    "If it is no broker of yours, take another port: partita run --port N.");
        }
    }

    private void disk(List<Finding> findings) {
        try {
            Files.createDirectories(data);
            FileStore store = Files.getFileStore(data);
            String type = store.type();
            if (type.startsWith("nfs") || type.equals("cifs") || type.startsWith("fuse")) {
                findings.add(Finding.warning("file system", data + " is on " + type + ".",
                        "A network's file system may lose what it has acknowledged; take a disk of the machine's own."));
            } else if (type.equals("tmpfs")) {
                findings.add(Finding.warning("file system", data + " is in memory (tmpfs).", "Records are gone with the machine; take a disk."));
            } else {
                findings.add(Finding.good("file system", data + " is on " + type + "."));
            }
            long percent = (long) (100.0 * store.getUsableSpace() / Math.max(1, store.getTotalSpace()));
            String found = percent + " % of " + (store.getTotalSpace() >> 30) + " GiB are free.";
            findings.add(percent < FREE_PERCENT_WANTED
                    ? Finding.warning("space", found, "Make room, or bound topics by retention.bytes.")
                    : Finding.good("space", found));
            findings.add(syncs());
        } catch (IOException e) {
            findings.add(Finding.bad("disk", data + " cannot be used: " + Failures.said(e) + ".", "Who runs the broker must be able to write there."));
        }
    }

    private Finding syncs() throws IOException {
        Path file = Files.createTempFile(data, "partita-check", ".tmp");
        long[] micros = new long[SYNCS];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < SYNCS; i++) {
                channel.write(ByteBuffer.allocate(SYNC_BYTES));
                long start = System.nanoTime();
                channel.force(false);
                micros[i] = (System.nanoTime() - start) / 1_000;
            }
        } finally {
            Files.delete(file);
        }
        Arrays.sort(micros);
        long median = micros[SYNCS / 2];
        String found = "An fsync takes " + String.format(java.util.Locale.ROOT, "%.1f", median / 1_000.0) + " ms, the slowest of " + SYNCS + " took "
                + String.format(java.util.Locale.ROOT, "%.1f", micros[SYNCS - 1] / 1_000.0) + " ms.";
        return median > SLOW_SYNC_MICROS
                ? Finding.warning("fsync", found,
                        "Topics with flush.messages=1 wait that long for each group of records; a disk with a cache that survives power loss is faster.")
                : Finding.good("fsync", found);
    }

    private List<String> lines(String file) {
        try {
            return Files.readAllLines(root.resolve(file));
        } catch (IOException e) {
            return List.of();
        }
    }

    private static long number(String line) {
        String digits = line.replaceAll("[^0-9]", "");
        return digits.isEmpty() || digits.length() > 18 ? Long.MAX_VALUE / 2048 : Long.parseLong(digits);
    }
}
