package io.partita.cli.dump;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The directory of a partition's log, by its name. */
record LogFolder(String topic, int partition) {

    /** The partition of a directory, also of one that is being deleted, is a stray or a future one; an unknown topic's when its name says nothing. */
    static LogFolder of(Path directory) {
        String name = directory.toAbsolutePath().normalize().getFileName().toString();
        String log = name.replaceFirst("\\.[0-9a-f]{32}-(delete|stray|future)$", "");
        int dash = log.lastIndexOf('-');
        try {
            return new LogFolder(log.substring(0, Math.max(0, dash)), Integer.parseInt(log.substring(dash + 1)));
        } catch (NumberFormatException e) {
            return new LogFolder("", -1);
        }
    }

    static List<Path> segments(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d{20}\\.log")).sorted().toList();
        }
    }

    /** The offset that a file's name begins with, or -1. */
    static long baseOffset(Path file) {
        String name = file.getFileName().toString();
        return name.matches("\\d{20}\\..*") ? Long.parseLong(name.substring(0, 20)) : -1;
    }
}
