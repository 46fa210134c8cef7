package io.partita.quarkus.deployment;

import java.util.Map;

/**
 * What the broker shall be like. While that is the same, it is kept over live reloads with all its records; topics are not of it, since they can be made at any time.
 *
 * @param port 0 for any free one
 */
public record BrokerPlan(int port, Map<String, String> settings) {}
