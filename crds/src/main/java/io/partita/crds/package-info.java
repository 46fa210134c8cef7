/**
 * The custom resources {@link io.partita.crds.Cluster} and {@link io.partita.crds.Topic}, and the rules over them as pure functions: names, validity, placement,
 * leadership of a partition, summaries. Operator and brokers share them, so that it does not matter who applies a rule. Nothing here talks to a server.
 */
package io.partita.crds;
