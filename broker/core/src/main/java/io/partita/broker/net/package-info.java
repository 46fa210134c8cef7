/**
 * Sockets: from bytes to requests and back. One {@link io.partita.broker.net.Connection} per client, living on one event loop; frames are read
 * straight into the buffer they stay in, responses leave in request order, log content goes from file to socket without passing through the heap.
 */
package io.partita.broker.net;
