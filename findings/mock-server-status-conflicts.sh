#!/usr/bin/env bash
# Package: io.fabric8:kubernetes-server-mock 7.5.2 (Maven Central)
# Behaviour: In CRUD mode the mock API server checks resourceVersion on a PUT of an object and answers 409 when it is stale, as a real one does. On a PUT of
#   .../status it checks nothing: of two writers that read the same version the later one wins in silence, so a test of controllers that race for a
#   status passes with updates lost.
# Seen: object: 409; status: stored, the first writer's value is gone
. "$(dirname "$0")/lib/java.sh"
libraries io.fabric8:kubernetes-server-mock:7.5.2 io.fabric8:kubernetes-client:7.5.2 org.slf4j:slf4j-nop:2.0.17
java_main << 'JAVA'
import io.fabric8.kubernetes.api.model.*;
import io.fabric8.kubernetes.client.*;
import io.fabric8.kubernetes.client.server.mock.*;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.util.*;
import io.fabric8.kubernetes.api.model.apps.*;

class Main {
    public static void main(String[] args) {
        var server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(List.of()), false);
        server.init();
        KubernetesClient client = server.createClient();
        client.apps().deployments().inNamespace("test").resource(new DeploymentBuilder().withNewMetadata().withName("d").endMetadata().withNewSpec().endSpec().build())
                .create();
        Deployment one = client.apps().deployments().inNamespace("test").withName("d").get();
        Deployment two = client.apps().deployments().inNamespace("test").withName("d").get();
        one.setStatus(new DeploymentStatusBuilder().withReplicas(1).build());
        two.setStatus(new DeploymentStatusBuilder().withReadyReplicas(2).build());
        client.apps().deployments().inNamespace("test").resource(one).lockResourceVersion(one.getMetadata().getResourceVersion()).updateStatus();
        String status;
        try {
            client.apps().deployments().inNamespace("test").resource(two).lockResourceVersion(two.getMetadata().getResourceVersion()).updateStatus();
            status = "stored, the first one's value is " + client.apps().deployments().inNamespace("test").withName("d").get().getStatus().getReplicas();
        } catch (KubernetesClientException e) {
            status = Integer.toString(e.getCode());
        }
        System.out.println("status: " + status);
        two.getMetadata().getLabels().put("changed", "yes");
        String object;
        try {
            client.apps().deployments().inNamespace("test").resource(two).lockResourceVersion(two.getMetadata().getResourceVersion()).update();
            object = "stored";
        } catch (KubernetesClientException e) {
            object = Integer.toString(e.getCode());
        }
        System.out.println("object: " + object);
        client.close();
        server.destroy();
    }
}
JAVA
expect 'status: stored, the first one'"'"'s value is null'
expect 'object: 409'
echo "as described"
