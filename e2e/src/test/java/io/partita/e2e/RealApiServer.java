package io.partita.e2e;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A kube-apiserver with an etcd and our resource definitions, and no controllers, by fabric8's kube-api-test. Whoever asks is an administrator. */
final class RealApiServer extends ApiServer {

    private static final Pattern SERVER = Pattern.compile("server: https://[^:]+:(\\d+)");

    private final KubeAPIServer server = new KubeAPIServer();
    private final Forwarder way;
    private final Path kubeConfig;
    private final KubernetesClient client;

    RealApiServer() {
        server.start();
        Matcher address = SERVER.matcher(server.getKubeConfigYaml());
        if (!address.find()) {
            throw new IllegalStateException(server.getKubeConfigYaml());
        }
        way = new Forwarder("127.0.0.1", 0, "127.0.0.1", Integer.parseInt(address.group(1)));
        String yaml = address.replaceFirst("server: https://127.0.0.1:" + way.port());
        kubeConfig = Repository.newFolder("api-server").resolve("kubeconfig");
        try {
            Files.writeString(kubeConfig, yaml);
            client = client(Config.fromKubeconfig(yaml));
            try (DirectoryStream<Path> definitions = Files.newDirectoryStream(Repository.TOP.resolve("k8s/install"), "*.CustomResourceDefinition.*")) {
                for (Path definition : definitions) {
                    define(definition);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void define(Path file) throws IOException {
        CustomResourceDefinition definition = io.fabric8.kubernetes.client.utils.Serialization.unmarshal(Files.readString(file),
                CustomResourceDefinition.class);
        client.resource(definition).create();
        client.resource(definition).waitUntilCondition(
                it -> it.getStatus() != null && it.getStatus().getConditions().stream().anyMatch(condition -> condition.getType().equals("Established")
                        && condition.getStatus().equals("True")),
                30, TimeUnit.SECONDS);
    }

    @Override
    KubernetesClient client() {
        return client;
    }

    @Override
    Map<String, String> environment() {
        return Map.of("KUBECONFIG", kubeConfig.toString());
    }

    @Override
    Map<String, String> operatorEnvironment() {
        return Map.of();
    }

    @Override
    String token(String namespace, String account, String audience) {
        if (client.namespaces().withName(namespace).get() == null) {
            client.resource(new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build()).create();
        }
        ServiceAccount object = new ServiceAccountBuilder().withNewMetadata().withName(account).withNamespace(namespace).endMetadata().build();
        client.resource(object).createOr(NonDeletingOperation::update);
        return client.serviceAccounts().inNamespace(namespace).withName(account)
                .tokenRequest(new TokenRequestBuilder().withNewSpec().withAudiences(audience).endSpec().build()).getStatus().getToken();
    }

    @Override
    Forwarder way() {
        return way;
    }

    @Override
    public void close() {
        super.close();
        server.stop();
    }
}
