/** Reads the files of a data directory, ours or Apache Kafka's, without a broker. Files are opened for reading alone. */
package io.partita.cli.dump;
