package io.partita.broker.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.partita.broker.cluster.ObjectStore;
import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.VersionedObjects;
import io.partita.crds.PartitionSetObject;
import io.partita.crds.SetPatch;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * PartitionSets as the texts {@code sets/NAME} that change by compare-and-set: the text's lines are the object's, the text's version is the object's resourceVersion, of which Kubernetes says that a
 * later one is the higher number. Calls are made by virtual threads. One that is not answered in time may be stored all the same.
 */
final class SetObjects implements VersionedObjects {

    private static final String FOLDER = "sets/";
    private static final long ANSWER_MILLIS = 2_000;

    private final KubernetesClient client;
    private final String namespace;
    private final String clusterName;

    SetObjects(KubernetesClient client, String namespace, String clusterName) {
        this.client = client;
        this.namespace = namespace;
        this.clusterName = clusterName;
    }

    @Override
    public CompletionStage<Stored> get(String name) {
        return called(() -> {
            PartitionSetObject present = resource(set(name)).get();
            return present == null ? null : new Stored(name, present.version(), text(present.getSpec().lines));
        });
    }

    @Override
    public CompletionStage<Outcome> put(String name, long ifVersion, String text) {
        return called(() -> {
            try {
                return new Outcome.Written(ifVersion == ObjectStore.ABSENT ? create(set(name), lines(text)) : update(set(name), ifVersion, lines(text)));
            } catch (KubernetesClientException refused) {
                if (refused.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                    return new Outcome.Overtaken();
                }
                throw refused;
            }
        });
    }

    private long create(String set, List<String> lines) {
        return client.resource(PartitionSetObject.of(namespace, clusterName, set, lines)).create().version();
    }

    /** What others have put on the object stays: the lines alone are written. */
    private long update(String set, long ifVersion, List<String> lines) {
        return resource(set).patch(SetPatch.CONTEXT, SetPatch.of(Long.toString(ifVersion), lines)).version();
    }

    private Resource<PartitionSetObject> resource(String set) {
        return client.resources(PartitionSetObject.class).inNamespace(namespace).withName(PartitionSetObject.name(clusterName, set));
    }

    private static <T> CompletionStage<T> called(Supplier<T> call) {
        CompletableFuture<T> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return call.get();
            } catch (KubernetesClientException failed) {
                // With the reason in its message, because that is what is told of it.
                throw new IllegalStateException(ObjectWrites.reason(failed), failed);
            }
        }, Thread::startVirtualThread);
        // Whoever waits for an election does not wait for a connection that is dead: the next attempt has another.
        return answer.orTimeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS).exceptionallyCompose(failure -> CompletableFuture.failedFuture(
                failure instanceof TimeoutException
                        ? new IllegalStateException("no answer within " + ANSWER_MILLIS / 1_000 + " s", failure)
                        : failure instanceof CompletionException ? failure.getCause() : failure));
    }

    private static String set(String name) {
        return name.substring(FOLDER.length());
    }

    private static List<String> lines(String text) {
        return List.of(text.substring(0, text.length() - 1).split("\n", -1));
    }

    private static String text(List<String> lines) {
        return String.join("\n", lines) + "\n";
    }
}
