package io.partita.broker.metadata;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Workers;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Stores without a broker around them. */
public final class FileStores {

    private FileStores() {}

    /** Opens the store in one directory, as a broker does. */
    public static FileMetadataStore open(Disk disk, Path directory, String clusterId, BrokerConfig config, Workers workers, Entropy entropy)
            throws IOException {
        return open(disk, List.of(directory), clusterId, config, workers, entropy);
    }

    /** Opens the store in several directories; their locks are let go of at once. */
    public static FileMetadataStore open(Disk disk, List<Path> paths, String clusterId, BrokerConfig config, Workers workers, Entropy entropy)
            throws IOException {
        try (DataDirectories found = DataDirectories.find(paths, clusterId, config.nodeId(), disk, entropy)) {
            FileMetadataStore store = FileMetadataStore.open(new MetadataStore.Context(config, disk, found, found.clusterId(), null,
                    (topic, id, partition) -> -1, workers, Clock.SYSTEM, entropy));
            List<LogDirectory> claimed = new ArrayList<>();
            found.claim(store.away().stream().map(AwayDirectory::path).collect(Collectors.toSet()), config.nodeId(), LogLimits.ofProcess(1), Clock.SYSTEM,
                    workers, entropy,
                    claimed);
            for (LogDirectory directory : claimed) {
                directory.close();
            }
            return store;
        }
    }
}
