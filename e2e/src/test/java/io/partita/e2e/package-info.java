/**
 * The whole path, from {@code kubectl apply} to records in an application: the operator, the brokers and the example as the processes that images run, on fabric8's mock
 * API server, with a stand-in for the StatefulSet controller, the scheduler and the kubelets. What the mock does not do: schema and CEL validation, server-side apply,
 * garbage collection of owned objects, rights.
 */
package io.partita.e2e;
