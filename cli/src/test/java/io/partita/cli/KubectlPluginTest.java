package io.partita.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code k8s/kubectl-partita}, with a kubectl that answers what it is told to. */
class KubectlPluginTest {

    private static final Path PLUGIN = Path.of("../k8s/kubectl-partita").toAbsolutePath().normalize();

    @TempDir
    Path directory;

    private void kubectl(String topicReady) throws IOException {
        Path script = directory.resolve("kubectl");
        Files.writeString(script, """
                #!/bin/sh
                case "$*" in
                  *"config view"*) echo shop ;;
                  *"create --raw /api/v1/namespaces/shop/pods/orders-1:8080/proxy/api/v1/brokers/self/leaders-away -f -") cat; echo '{"moved":[{"topic":"clicks"}],"left":[]}' ;;
                  *"create --raw"*orders-2*leaders-away*) echo '{"moved":[],"left":[{"topic":"clicks"}]}' ;;
                  *"create --raw"*leaders/spread*) echo '{"moved":[],"left":[]}' ;;
                  *"--raw"*orders-1*broker) echo '{"caughtUp":true}' ;;
                  *"--raw"*) exit 1 ;;
                  *"get pods"*) echo pod/orders-1 ;;
                  *"get clusters.partita.io -o jsonpath"*) printf '\\torders\\tTrue\\t\\n' ;;
                  *"get topics.partita.io -o jsonpath"*) printf 'orders\\tclicks\\t%s\\tno leader\\nother\\tx\\tFalse\\tof another\\n' ;;
                  *"get events"*) ;;
                  *"get clusters.partita.io/orders -o yaml"*) printf 'config:\\n  ssl.keystore.password: hunter2\\n  token=hunter2\\nkind: Cluster\\n' ;;
                  *"get clusters.partita.io"*) echo "NAME READY" ;;
                  *logs*) printf 'fine\\nAuthorization: Bearer hunter2\\nx.LoginModule required password="hunter2";\\n' ;;
                  *) echo "answer to: $*" ;;
                esac
                """.formatted(topicReady));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Tool.Result plugin(String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("sh", PLUGIN.toString()));
        all.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(all).directory(directory.toFile());
        builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        Process process = builder.redirectError(directory.resolve("err").toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Tool.Result(process.waitFor(), out, Files.readString(directory.resolve("err")));
    }

    @Test
    void statusTellsWhatIsNotReadyOfThisCluster() throws Exception {
        kubectl("False");
        Tool.Result bad = plugin("status", "orders");
        assertEquals(6, bad.code(), bad.err());
        assertTrue(bad.out().contains("orders-1  {\"caughtUp\":true}"), bad.out());
        assertTrue(bad.out().contains("  clicks: no leader\n"), bad.out());
        assertFalse(bad.out().contains("of another"), bad.out());
        kubectl("True");
        Tool.Result good = plugin("status", "orders");
        assertEquals(0, good.code(), good.err());
        assertTrue(good.out().endsWith("All is well.\n"), good.out());
    }

    @Test
    void aBundleHasObjectsAndLogsWithoutSecrets() throws Exception {
        kubectl("True");
        Tool.Result made = plugin("bundle", "orders", "-n", "shop");
        assertEquals(0, made.code(), made.err());
        Path archive = directory.resolve(made.out().strip());
        assertEquals(0, new ProcessBuilder("tar", "-xzf", archive.toString()).directory(directory.toFile()).start().waitFor());
        Path root = directory.resolve(made.out().strip().replace(".tar.gz", ""));
        String all = Files.readString(root.resolve("cluster.yaml")) + Files.readString(root.resolve("pods/orders-1.log"));
        assertTrue(all.contains("kind: Cluster") && all.contains("fine"), all);
        assertFalse(all.contains("hunter2"), all);
        assertEquals("{\"caughtUp\":true}\n", Files.readString(root.resolve("pods/orders-1.broker.json")));
    }

    @Test
    void leadersGoAwayFromABrokerAndComeBack() throws Exception {
        kubectl("True");
        Tool.Result drained = plugin("drain", "orders-1");
        assertEquals(0, drained.code(), drained.err());
        assertTrue(drained.out().contains("clicks"), drained.out());
        assertEquals(6, plugin("drain", "orders-2").code());
        Tool.Result refused = plugin("drain", "orders-9");
        assertEquals(1, refused.code());
        assertTrue(refused.err().contains("./partita leader"), refused.err());
        assertEquals(0, plugin("spread", "orders-9").code());
        assertEquals(2, plugin("drain").code());
    }

    @Test
    void whoDoesNotKnowItIsShownHow() throws Exception {
        kubectl("True");
        Tool.Result help = plugin("nonsense");
        assertEquals(2, help.code());
        assertTrue(help.err().contains("kubectl partita status [CLUSTER]"), help.err());
    }
}
