package io.partita.broker.metadata;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.DataDirectories.Unusable;
import io.partita.broker.log.DirectoryIdentity;
import io.partita.broker.log.FoundDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data directories that hold a broker's logs, as its metadata know them, compared with those that a start finds. A directory that is missing holds records, so nothing
 * goes on without it unless somebody says so: an empty one that took its place would be served, and win when the right one is back.
 *
 * @param entries those that belong to the broker from this start on
 * @param away those of them that are not there
 */
record KnownDirectories(List<Entry> entries, List<AwayDirectory> away) {

    private static final Logger LOG = LoggerFactory.getLogger(KnownDirectories.class);

    static final String MISSING = "log.dirs.missing";
    static final String FORGET = "log.dirs.forget";

    /** A directory, and where it was last. */
    record Entry(UUID id, String path) {}

    /**
     * Compares.
     *
     * @param before what the metadata say, {@code null} when they are from before directories were noted
     * @throws IOException when a directory is missing; the message says what to do
     */
    static KnownDirectories compare(List<Entry> before, DataDirectories directories, BrokerConfig config) throws IOException {
        List<Entry> next = new ArrayList<>();
        List<AwayDirectory> away = new ArrayList<>();
        List<String> forgotten = config.listValue(FORGET);
        for (FoundDirectory found : directories.found()) {
            next.add(new Entry(found.id(), found.path().toAbsolutePath().toString()));
        }
        if (before == null) {
            // Who is missing is not known, so nobody may be.
            for (Unusable unusable : directories.unusable()) {
                throw refusal("The data directory " + unusable.path() + " cannot be used: " + unusable.reason(),
                        "Repair it or its permissions, or take it out of log.dirs.");
            }
            return new KnownDirectories(next, away);
        }
        for (Entry known : before) {
            if (directories.found().stream().anyMatch(found -> found.id().equals(known.id))) {
                continue;
            }
            String id = DirectoryIdentity.format(known.id);
            if (forgotten.contains(id)) {
                LOG.warn("The data directory {} ({}) is given up, as {} says: partitions that were in it begin anew, empty.", known.path, id, FORGET);
                continue;
            }
            String reason = reason(known, directories);
            if (!config.value(MISSING).equals("offline")) {
                throw refusal("The data directory " + known.path + " holds logs of this broker and is missing: " + reason,
                        "Bring it back. To serve the other directories until then, start with " + MISSING + "=offline; to give its records up for good, with "
                                + FORGET
                                + "=" + id + ".");
            }
            LOG.error("The data directory {} is missing: {}. Its partitions are not served until a start finds it.", known.path, reason);
            away.add(new AwayDirectory(known.id, Path.of(known.path), reason));
            next.add(known);
        }
        // The empty place of a missing directory is not a new one.
        next.removeIf(entry -> before.stream().noneMatch(known -> known.id.equals(entry.id))
                && away.stream().anyMatch(missing -> missing.path().toString().equals(entry.path)));
        return new KnownDirectories(List.copyOf(next), List.copyOf(away));
    }

    private static String reason(Entry known, DataDirectories directories) {
        for (Unusable unusable : directories.unusable()) {
            if (unusable.path().toAbsolutePath().toString().equals(known.path)) {
                return "it cannot be used (" + unusable.reason() + ")";
            }
        }
        for (FoundDirectory found : directories.found()) {
            if (found.path().toAbsolutePath().toString().equals(known.path)) {
                return found.isNew() ? "the directory is empty, so perhaps its disk is not mounted" : "another directory is in its place";
            }
        }
        return "it is not among log.dirs";
    }

    private static IOException refusal(String what, String remedy) {
        return new IOException(what + ". " + remedy);
    }
}
