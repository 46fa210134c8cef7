/**
 * Who clients are, and how they prove it. Pure values and rules, no I/O: whatever reaches a socket or a file is handed in.
 */
package io.partita.broker.security;
