/**
 * The settings of a broker and of a topic, under Kafka's names: what each means, its type, default, bounds and documentation
 * ({@link io.partita.broker.config.TopicSettings}, {@link io.partita.broker.config.BrokerSettings}); the typed view the rest of the broker reads
 * ({@link io.partita.broker.config.BrokerConfig}); and how values from several places are laid over each other. Pure values, no I/O.
 */
package io.partita.broker.config;
