/** Clusters: the objects that brokers need, as pure functions of spec and what is seen, and the reconciler that writes them. */
package io.partita.operator.cluster;
