/** The commands, one class each. What they have in common is in {@link io.partita.cli.command.ClusterCommand}. */
package io.partita.cli.command;
