#!/usr/bin/env bash
# Package: io.fabric8:kubernetes-server-mock 7.5.2 (Maven Central)
# Behaviour: In CRUD mode the mock API server carries out a JSON patch that adds a member below one that does not exist, and makes the missing parents by itself.
#   RFC 6902 calls that an error, and an API server refuses the patch (422). A controller whose patches forget to make a parent passes its tests.
# Seen: a ConfigMap without data, patched with add /data/a: stored, data is {a=b}
. "$(dirname "$0")/lib/java.sh"
libraries io.fabric8:kubernetes-server-mock:7.5.2 io.fabric8:kubernetes-client:7.5.2 org.slf4j:slf4j-nop:2.0.17
java_main << 'JAVA'
import io.fabric8.kubernetes.api.model.*;
import io.fabric8.kubernetes.client.*;
import io.fabric8.kubernetes.client.dsl.base.*;
import io.fabric8.kubernetes.client.server.mock.*;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.util.*;

class Main {
    public static void main(String[] args) {
        var server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(List.of()), false);
        server.init();
        KubernetesClient client = server.createClient();
        var maps = client.configMaps().inNamespace("test");
        maps.resource(new ConfigMapBuilder().withNewMetadata().withName("m").endMetadata().build()).create();
        String result;
        try {
            maps.withName("m").patch(PatchContext.of(PatchType.JSON), "[{\"op\":\"add\",\"path\":\"/data/a\",\"value\":\"b\"}]");
            result = "stored, data is " + maps.withName("m").get().getData();
        } catch (KubernetesClientException e) {
            result = Integer.toString(e.getCode());
        }
        System.out.println("add /data/a: " + result);
        client.close();
        server.destroy();
    }
}
JAVA
expect 'add /data/a: stored, data is {a=b}'
echo "as described"
