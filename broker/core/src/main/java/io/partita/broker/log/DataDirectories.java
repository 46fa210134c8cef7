package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Workers;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * All data directories of a broker at its start. They are locked and looked at first, and nothing in them is changed before it is certain that they belong together and
 * that none is missing: {@link #claim} comes after the metadata store has seen them.
 */
public final class DataDirectories implements Closeable {

    /** A directory that is named in the settings and cannot be used. */
    public record Unusable(Path path, String reason) {}

    private final List<FoundDirectory> found = new ArrayList<>();
    private final List<Unusable> unusable = new ArrayList<>();
    private String clusterId;

    private DataDirectories() {}

    /**
     * Locks the directories and sees whether they are this broker's.
     *
     * @param clusterId the cluster this broker is of, {@code null} to take the directories', or a new one
     * @throws IOException when they are not, or are used already; the message says what to do
     */
    public static DataDirectories find(List<Path> paths, String clusterId, int nodeId, Disk disk, Entropy entropy) throws IOException {
        return find(paths, clusterId, nodeId, disk, entropy, FoundDirectory::lock);
    }

    /** As {@link #find(List, String, int, Disk, Entropy)}, for a look at directories that must stay as they are. */
    public static DataDirectories look(List<Path> paths, String clusterId, int nodeId, Disk disk, Entropy entropy) throws IOException {
        return find(paths, clusterId, nodeId, disk, entropy, FoundDirectory::look);
    }

    private interface Opening {
        FoundDirectory open(Path path, Disk disk, Entropy entropy) throws IOException;
    }

    private static DataDirectories find(List<Path> paths, String clusterId, int nodeId, Disk disk, Entropy entropy, Opening opening) throws IOException {
        DataDirectories all = new DataDirectories();
        try {
            all.lock(paths, disk, entropy, opening);
            all.checkMounts(disk);
            all.check(clusterId, nodeId);
            all.checkLogsAreOnce(disk);
            all.clusterId = clusterId != null ? clusterId : all.clusterIdFound(entropy);
            return all;
        } catch (IOException | RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private void lock(List<Path> paths, Disk disk, Entropy entropy, Opening opening) throws IOException {
        Set<Path> seen = new HashSet<>();
        for (Path path : paths) {
            if (!seen.add(path.toAbsolutePath().normalize())) {
                throw new IOException("The data directory " + path + " is named twice in log.dirs: name it once.");
            }
            try {
                found.add(opening.open(path, disk, entropy));
            } catch (FoundDirectory.InUseException inUse) {
                throw inUse;
            } catch (IOException e) {
                unusable.add(new Unusable(path, e.toString()));
            }
        }
        if (found.isEmpty()) {
            throw new IOException("No data directory can be used: " + unusable.getFirst().path + " (" + unusable.getFirst().reason
                    + "). Repair it or its permissions, or name others in log.dirs.");
        }
    }

    /** A directory that nothing is in may be a new one, or the place where a disk should be. Where it is the only one nothing else remembers which. */
    private void checkMounts(Disk disk) throws IOException {
        for (FoundDirectory directory : found) {
            Path missing = directory.isNew() && directory.logs().isEmpty() ? disk.missingMount(directory.path()) : null;
            if (missing != null) {
                throw new IOException("Data directory " + directory.path() + " is empty, and the disk that /etc/fstab has for " + missing
                        + " is not mounted there: mount it. If its place is to be used without it, take its line out of /etc/fstab.");
            }
        }
    }

    private void check(String wantedCluster, int nodeId) throws IOException {
        Map<UUID, Path> ids = new HashMap<>();
        Path first = null;
        String cluster = wantedCluster;
        for (FoundDirectory directory : found) {
            DirectoryIdentity.Written written = directory.written();
            if (written == null) {
                if (!directory.logs().isEmpty()) {
                    throw new IOException("Data directory " + directory.path() + " holds " + some(directory.logs()) + " and no " + DirectoryIdentity.FILE
                            + ", so that nobody knows whose they are. Restore that file, or use another data directory.");
                }
                continue;
            }
            if (wantedCluster == null && cluster != null && !cluster.equals(written.clusterId())) {
                throw new IOException("Data directory " + directory.path() + " belongs to cluster " + written.clusterId() + ", and " + first + " to " + cluster
                        + ": name directories of one cluster in log.dirs.");
            }
            DirectoryIdentity.check(directory.path(), written, cluster, nodeId);
            cluster = written.clusterId();
            first = first == null ? directory.path() : first;
            Path twin = ids.put(directory.id(), directory.path());
            if (twin != null) {
                throw new IOException(
                        "The data directories " + twin + " and " + directory.path() + " have the same directory.id, so one is a copy of the other:"
                                + " leave the older one out of log.dirs.");
            }
        }
    }

    /** Two logs of one partition: which of them is right nobody but the user can say. Of topics that only have the same name one is set aside later. */
    private void checkLogsAreOnce(Disk disk) throws IOException {
        Map<LogId, Path> seen = new HashMap<>();
        for (FoundDirectory directory : found) {
            for (LogId log : directory.logs()) {
                Path first = seen.putIfAbsent(log, directory.path());
                if (first == null) {
                    continue;
                }
                UUID one = PartitionMetadata.topicId(disk, first.resolve(log.directoryName()));
                UUID other = PartitionMetadata.topicId(disk, directory.path().resolve(log.directoryName()));
                if (one == null || other == null || one.equals(other)) {
                    throw new IOException("Partition " + log + " has a log in both " + first + " and " + directory.path()
                            + ": one is older, or was begun while the other was away. Move the one that is not wanted out of the data directory.");
                }
            }
        }
    }

    private String clusterIdFound(Entropy entropy) {
        return found.stream().filter(directory -> !directory.isNew()).findFirst()
                .map(directory -> directory.written().clusterId())
                .orElseGet(() -> DirectoryIdentity.newClusterId(entropy));
    }

    /** Names some logs in a sentence. */
    public static String some(Collection<LogId> logs) {
        List<String> names = logs.stream().map(LogId::directoryName).sorted().limit(3).toList();
        return (logs.size() == 1 ? "1 log (" : logs.size() + " logs (") + String.join(", ", names) + (logs.size() > names.size() ? ", …)" : ")");
    }

    /** Those that can be used, in the order of the settings; at least one. */
    public List<FoundDirectory> found() {
        return found;
    }

    /** Those that cannot. */
    public List<Unusable> unusable() {
        return unusable;
    }

    /**
     * Has them belong to a cluster that was found out only now.
     *
     * @param isGiven whether the id they have was asked for, and is not just made up
     * @throws IOException when they belong to another already; the message says what to do
     */
    public void join(String cluster, boolean isGiven) throws IOException {
        boolean isNew = found.stream().allMatch(FoundDirectory::isNew);
        if (!cluster.equals(clusterId) && (isGiven || !isNew)) {
            throw new IOException((isNew ? "cluster.id is " : "The data directory " + found.getFirst().path() + " belongs to cluster ") + clusterId
                    + ", and the store of the cluster's objects is of cluster " + cluster
                    + ": use the directory of that cluster or an empty one, or another store.");
        }
        clusterId = cluster;
    }

    /** The cluster they belong to, or will. */
    public String clusterId() {
        return clusterId;
    }

    /** The directory that has a file of which there is one; the first when none has. Their order in the settings says nothing. */
    public Path home(Disk disk, String file) throws IOException {
        for (FoundDirectory directory : found) {
            if (disk.exists(directory.path().resolve(file))) {
                return directory.path();
            }
        }
        return found.getFirst().path();
    }

    /**
     * Takes the directories, one after the other.
     *
     * @param away places of directories that are not there: an empty one that is found in their stead is left alone
     * @param claimed gets them as they are taken; whoever has it closes them, also when this fails
     */
    public void claim(Set<Path> away, int nodeId, LogLimits limits, Clock clock, Workers workers, Entropy entropy, List<LogDirectory> claimed)
            throws IOException {
        for (FoundDirectory directory : found) {
            if (!directory.isNew() || !away.contains(directory.path().toAbsolutePath())) {
                claimed.add(directory.claim(clusterId, nodeId, limits, clock, workers, entropy));
            }
        }
    }

    /** Lets go of those that were not claimed. */
    @Override
    public void close() throws IOException {
        for (FoundDirectory directory : found) {
            directory.close();
        }
    }
}
