package io.partita.broker.metadata;

import java.nio.file.Path;
import java.util.UUID;

/**
 * A data directory that holds logs of this broker and is not there. Its partitions are not served until it is back, and are not made anew elsewhere.
 *
 * @param id its {@code directory.id}
 * @param path where it was last
 * @param reason why it is not there, to be read after "because"
 */
public record AwayDirectory(UUID id, Path path, String reason) {}
