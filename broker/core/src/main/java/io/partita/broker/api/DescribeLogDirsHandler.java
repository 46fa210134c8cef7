package io.partita.broker.api;

import io.partita.broker.env.Disk;
import io.partita.broker.env.Failures;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.log.PartitionLog;
import io.partita.broker.metadata.AwayDirectory;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.message.DescribeLogDirsRequest;
import io.partita.broker.protocol.message.DescribeLogDirsRequest.DescribableLogDirTopic;
import io.partita.broker.protocol.message.DescribeLogDirsResponse;
import io.partita.broker.protocol.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.partita.broker.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.partita.broker.protocol.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DescribeLogDirs (key 35), versions 0-5 (KIP-113): this broker's data directories, and the size of the logs in them.
 *
 * <pre>
 * v3  an error for the whole answer, which we never give
 * v4  space of the volume (KIP-827)
 * v5  cordoned directories (KIP-1066), of which there are none
 * </pre>
 *
 * <p>Sizes may have to be read from disk, so this runs on a worker.
 */
final class DescribeLogDirsHandler implements Handler<DescribeLogDirsRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);

    private final List<LogDirectory> directories;
    private final List<AwayDirectory> away;
    private final Disk disk;
    private final Workers workers;

    DescribeLogDirsHandler(List<LogDirectory> directories, List<AwayDirectory> away, Disk disk, Workers workers) {
        this.directories = directories;
        this.away = away;
        this.disk = disk;
        this.workers = workers;
    }

    @Override
    public void handle(RequestContext context, DescribeLogDirsRequest request) {
        if (!Permission.DESCRIBE_LOG_DIRS.isGranted(context)) {
            DescribeLogDirsResponse refusal = new DescribeLogDirsResponse();
            refusal.errorCode = Permission.DESCRIBE_LOG_DIRS.refusal().code();
            context.respond(refusal);
            return;
        }
        Set<LogId> asked = asked(request);
        BlockingAnswer.give(context, workers.of(Workers.Kind.LOOKUP), () -> {
            DescribeLogDirsResponse response = new DescribeLogDirsResponse();
            for (LogDirectory directory : directories) {
                response.results.add(describe(directory, asked));
            }
            for (AwayDirectory directory : away) {
                response.results.add(storageError(directory.path()));
            }
            context.respond(response);
        });
    }

    /** The logs asked for, {@code null} for all. */
    private static Set<LogId> asked(DescribeLogDirsRequest request) {
        if (request.topics == null) {
            return null;
        }
        Set<LogId> asked = new HashSet<>();
        for (DescribableLogDirTopic topic : request.topics) {
            for (Integer partition : topic.partitions) {
                asked.add(new LogId(topic.topic, partition));
            }
        }
        return asked;
    }

    private static DescribeLogDirsResult storageError(Path path) {
        DescribeLogDirsResult result = new DescribeLogDirsResult();
        result.logDir = path.toAbsolutePath().toString();
        result.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
        return result;
    }

    private DescribeLogDirsResult describe(LogDirectory directory, Set<LogId> asked) {
        if (directory.isOffline()) {
            return storageError(directory.path());
        }
        DescribeLogDirsResult result = new DescribeLogDirsResult();
        result.logDir = directory.path().toAbsolutePath().toString();
        Map<String, Map<Integer, Long>> sizes = new TreeMap<>();
        try {
            result.usableBytes = disk.usableSpace(directory.path());
            result.totalBytes = disk.totalSpace(directory.path());
            for (PartitionLog log : directory.logs()) {
                LogId id = log.id();
                if (asked == null || asked.contains(id)) {
                    sizes.computeIfAbsent(id.topic(), topic -> new TreeMap<>()).put(id.partition(), log.sizeInBytes());
                }
            }
        } catch (IOException failed) {
            LOG.warn("Cannot tell the size of the logs in {}: {}. DescribeLogDirs is answered with KAFKA_STORAGE_ERROR; check the disk.",
                    directory.path(), Failures.said(failed));
            result.errorCode = ErrorCode.KAFKA_STORAGE_ERROR.code();
            return result;
        }
        sizes.forEach((name, partitions) -> {
            DescribeLogDirsTopic topic = new DescribeLogDirsTopic();
            topic.name = name;
            partitions.forEach((index, bytes) -> {
                DescribeLogDirsPartition partition = new DescribeLogDirsPartition();
                partition.partitionIndex = index;
                partition.partitionSize = bytes;
                topic.partitions.add(partition);
            });
            result.topics.add(topic);
        });
        return result;
    }
}
