/**
 * A partition as its leader sees it: the owner thread, the high watermark, and who waits for it to move. Followers and the in-sync set join
 * here; with one replica the leader's own log is all there is.
 */
package io.partita.broker.replication;
