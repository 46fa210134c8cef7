package io.partita.broker.metadata;

import io.partita.broker.config.ConfigChange;
import java.util.List;

/**
 * Changes of the settings of one topic, broker or group.
 *
 * @param target what they are settings of
 * @param changes applied one after the other, all or none
 * @param fromScratch whether they start from no settings at all, instead of from those the target has
 */
public record ConfigAlteration(Target target, List<ConfigChange> changes, boolean fromScratch) {

    /** What settings can be changed of. */
    public sealed interface Target {}

    public record Topic(String name) implements Target {}

    /** A group, which need not be there. */
    public record Group(String id) implements Target {}

    /** One broker, or {@link ClusterImage#ALL_BROKERS}. */
    public record Broker(int id) implements Target {}
}
