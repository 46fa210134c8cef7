package io.partita.broker.metadata;

import java.util.List;

/**
 * A partition that somebody wants on other brokers (KIP-455).
 *
 * @param replicas the brokers, the preferred leader first; {@code null} to have a move that is under way turn back
 * @param isCountOpen whether there may be more or fewer of them than now (KIP-860)
 */
public record ReassignmentWish(String topic, int partition, List<Integer> replicas, boolean isCountOpen) {}
