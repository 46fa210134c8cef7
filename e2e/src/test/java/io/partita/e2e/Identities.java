package io.partita.e2e;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.User;
import io.partita.crds.UserSpec.AccountSpec;
import io.partita.crds.UserSpec.PermissionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/** Who clients are to the cluster {@code orders}, by what the operator has put into Secrets for them and the API server has given to pods, as settings of Kafka's clients. */
final class Identities {

    static final int TLS_PORT = 9095;
    static final int LOGIN_PORT = 9096;

    private static final Pattern CERTIFICATE = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");
    private static final String AUDIENCE = "orders-bootstrap.default.svc";

    private final ApiServer api;
    private final Path tokens = Repository.newFolder("tokens");
    private final Map<String, Set<String>> trustedAtFirst = new HashMap<>();

    Identities(ApiServer api) {
        this.api = api;
        // Kafka's clients read no token from a file that nobody has allowed them to read.
        System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls",
                List.of("team-a", "team-b").stream().map(namespace -> file(namespace, "pump").toUri().toString()).collect(Collectors.joining(",")));
        System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.files",
                List.of("team-a", "team-b").stream().map(namespace -> file(namespace, "pump").toString()).collect(Collectors.joining(",")));
    }

    static ListenerSpec listener(String name, int port, String authentication) {
        ListenerSpec listener = new ListenerSpec();
        listener.name = name;
        listener.port = port;
        listener.tls = true;
        listener.authentication = authentication;
        return listener;
    }

    /** A user that may write to the topic {@code audited}. */
    static User user(String name, String authentication) {
        User user = new User();
        user.setMetadata(new ObjectMetaBuilder().withName(name).withNamespace("default").build());
        user.getSpec().cluster = "orders";
        user.getSpec().authentication = authentication;
        PermissionSpec permission = new PermissionSpec();
        permission.resource = "Topic";
        permission.name = "audited";
        permission.operations = List.of("Write", "Describe");
        user.getSpec().permissions.add(permission);
        return user;
    }

    /** One that is a ServiceAccount, which itself need not be there. */
    static User account(String name, String namespace, String account) {
        User user = user(name, "ServiceAccount");
        user.getSpec().serviceAccount = new AccountSpec();
        user.getSpec().serviceAccount.namespace = namespace;
        user.getSpec().serviceAccount.name = account;
        return user;
    }

    /** The same user with all rights about topics and groups. */
    static User allowingAll(User user) {
        user.getSpec().permissions.clear();
        for (String resource : List.of("Topic", "Group")) {
            PermissionSpec permission = new PermissionSpec();
            permission.resource = resource;
            permission.name = "*";
            permission.operations = List.of("All");
            user.getSpec().permissions.add(permission);
        }
        return user;
    }

    /** Variables of a Quarkus application that is let in by the token of its pod. */
    Map<String, String> environment(String namespace, String account) {
        Map<String, String> environment = new HashMap<>();
        byToken(namespace, account).forEach((name, value) -> environment.put("KAFKA_" + name.toUpperCase(Locale.ROOT).replace('.', '_'), value.toString()));
        environment.put("JAVA_TOOL_OPTIONS", "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + file(namespace, account).toUri()
                + " -Dorg.apache.kafka.sasl.oauthbearer.allowed.files=" + file(namespace, account));
        return environment;
    }

    /** The three users, as they are now. */
    List<Map<String, Object>> all() {
        return List.of(byCertificate("auditor"), byPassword("alice"), byToken("team-a", "pump"));
    }

    Map<String, Object> byCertificate(String user) {
        Map<String, Object> settings = common(TLS_PORT, "SSL");
        settings.put("ssl.keystore.type", "PEM");
        settings.put("ssl.keystore.key", secret(user, "user.key"));
        settings.put("ssl.keystore.certificate.chain", secret(user, "user.crt"));
        return settings;
    }

    Map<String, Object> byPassword(String user) {
        Map<String, Object> settings = common(LOGIN_PORT, "SASL_SSL");
        settings.put("sasl.mechanism", "SCRAM-SHA-512");
        settings.put("sasl.jaas.config", secret(user, "sasl.jaas.config"));
        return settings;
    }

    Map<String, Object> byToken(String namespace, String account) {
        Path file = file(namespace, account);
        try {
            Files.writeString(file, api.token(namespace, account, AUDIENCE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Object> settings = common(LOGIN_PORT, "SASL_SSL");
        settings.put("sasl.mechanism", "OAUTHBEARER");
        settings.put("sasl.jaas.config", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;");
        settings.put("sasl.login.callback.handler.class", "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler");
        settings.put("sasl.oauthbearer.token.endpoint.url", file.toUri().toString());
        return settings;
    }

    private Path file(String namespace, String account) {
        return tokens.resolve(namespace + "-" + account);
    }

    private Map<String, Object> common(int port, String protocol) {
        trustedAtFirst("orders-cluster-ca-cert");
        trustedAtFirst("orders-clients-ca-cert");
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", BrokerPod.ip(0) + ":" + port);
        settings.put("security.protocol", protocol);
        settings.put("ssl.truststore.type", "PEM");
        settings.put("ssl.truststore.certificates", secret("orders-cluster-ca-cert", "ca.crt"));
        // Addresses stand for names here.
        settings.put("ssl.endpoint.identification.algorithm", "");
        return settings;
    }

    private String secret(String name, String entry) {
        String encoded = api.client().secrets().inNamespace("default").withName(name).get().getData().get(entry);
        return new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    /** The certificates in a Secret. */
    Set<String> trusted(String secret) {
        return CERTIFICATE.matcher(secret(secret, "ca.crt")).results().map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The same as they were when they were first asked for. */
    Set<String> trustedAtFirst(String secret) {
        return trustedAtFirst.computeIfAbsent(secret, this::trusted);
    }

    /** Why a client is not let in, {@code null} when it is. */
    static Throwable refusal(Map<String, Object> settings) {
        Map<String, Object> patient = new HashMap<>(settings);
        patient.put("request.timeout.ms", 3_000);
        patient.put("default.api.timeout.ms", 5_000);
        try (Admin admin = Admin.create(patient)) {
            admin.describeCluster().clusterId().get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
