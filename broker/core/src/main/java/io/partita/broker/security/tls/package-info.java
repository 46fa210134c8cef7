/**
 * Keys and certificates in the forms that Kafka's settings have for them, and the names that certificates stand for. Files are read by whoever calls.
 */
package io.partita.broker.security.tls;
