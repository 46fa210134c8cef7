/** The command line of Partita. {@link io.partita.cli.PartitaMain} begins; {@code client} speaks with brokers, {@code command} has the commands, {@code output} writes. */
package io.partita.cli;
