/**
 * The objects of a cluster in etcd, by etcd's own gateway for JSON over HTTP and the HTTP client of the JDK
 * (docs/adr/0018-etcd-by-its-json-gateway.md); and the standalone broker's {@code main}, which knows this store beside the one in the data directory.
 */
package io.partita.broker.etcd;
