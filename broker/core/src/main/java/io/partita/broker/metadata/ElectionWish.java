package io.partita.broker.metadata;

/**
 * An election that somebody asks for.
 *
 * @param unclean whether a replica that may lack records is to lead where nobody in sync is there; else the preferred one is to
 */
public record ElectionWish(String topic, int partition, boolean unclean) {}
