/**
 * The whole path, from {@code kubectl apply} to records in an application: the operator, the brokers and the example as the processes that images run, with a stand-in for
 * the StatefulSet controller, the scheduler and the kubelets. By default on fabric8's mock API server, which does no schema and CEL validation, no server-side apply, no garbage
 * collection of owned objects, and knows no rights; on a real kube-apiserver where {@code KUBE_API_TEST_DIR} says where fabric8's kube-api-test finds one.
 */
package io.partita.e2e;
