/**
 * The operator: makes pods, services and volumes of Clusters ({@code cluster}), partitions of Topics ({@code topic}). What is wanted is always a pure function of
 * what the user asks and what is seen; the reconcilers compare and write the difference. Nothing is kept that cannot be read again after a restart.
 */
package io.partita.operator;
