/**
 * Who clients are, how they prove it, and what they may do. Pure values and rules, no I/O: whatever reaches a socket or a file is handed in.
 *
 * <p>{@link io.partita.broker.security.Acls} are a cluster's access rules, kept with its metadata; {@link io.partita.broker.security.Authorizer} asks them, and
 * {@link io.partita.broker.security.Access} is what comes of it for one client.
 */
package io.partita.broker.security;
