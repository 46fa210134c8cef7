package io.partita.spring;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the broker.
 *
 * @param port to listen on; 0 is any free one
 * @param console port of the console and the REST interface; 0 is any free one, null for neither
 * @param settings of the broker under Kafka's names
 */
@ConfigurationProperties("partita")
record PartitaProperties(@DefaultValue("0") int port, Integer console, @DefaultValue Map<String, String> settings) {}
