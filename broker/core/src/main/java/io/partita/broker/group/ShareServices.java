package io.partita.broker.group;

import io.partita.broker.group.share.ShareStates;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What shards of the group coordinator need for share groups.
 *
 * @param states the delivery state of their partitions
 * @param configs the settings of share groups at the moment, by id
 */
public record ShareServices(ShareStates states, Supplier<Function<String, ShareGroupConfig>> configs) {

    /** For who has no share groups. */
    public static final ShareServices NONE = new ShareServices(ShareStates.NONE, () -> id -> ShareGroupConfig.DEFAULTS);
}
