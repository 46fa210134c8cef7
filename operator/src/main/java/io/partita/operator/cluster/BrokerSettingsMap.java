package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.BrokerSettings;
import io.partita.broker.config.ConfigDefinition;
import io.partita.broker.config.InvalidConfigException;
import io.partita.crds.Cluster;
import io.partita.crds.ClusterSpec.ListenerSpec;
import io.partita.crds.Problem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The brokers' settings: one file per broker in one ConfigMap, because their names and addresses differ. The image gives defaults by its environment, so the
 * files ask for more weight than that ({@code config_ordinal}).
 */
final class BrokerSettingsMap {

    /** Stands for the address of the node; the broker puts in its variable HOST_IP. */
    static final String NODE_ADDRESS = "${HOST_IP}";

    /** What the operator decides. */
    private static final Set<String> OWN = Set.of("node.id", "broker.id", "cluster.id", "broker.rack", "listeners", "advertised.listeners",
            "listener.security.protocol.map", "inter.broker.listener.name", "replication.listener", "replication.advertised.listener", "log.dir", "log.dirs");

    /** From so many brokers on a record is to be on two of them before it is acknowledged. */
    private static final int BROKERS_FOR_TWO_IN_SYNC = 3;
    private static final String MIN_IN_SYNC = "min.insync.replicas";

    /** Most problems that one condition names. */
    private static final int TOLD_MAX = 10;

    private BrokerSettingsMap() {}

    static ConfigMap desired(Cluster cluster, int brokers, Observed observed) {
        Map<String, String> files = new TreeMap<>();
        for (int broker = 0; broker < brokers; broker++) {
            files.put(ClusterLabels.pod(cluster, broker) + ".properties", file(settings(cluster, broker, observed)));
        }
        return new ConfigMapBuilder().withMetadata(ClusterLabels.owned(cluster, ClusterLabels.settings(cluster))).withData(files).build();
    }

    /** Settings of one broker under Kafka's names. */
    static Map<String, String> settings(Cluster cluster, int broker, Observed observed) {
        Map<String, String> settings = common(cluster);
        settings.put("node.id", Integer.toString(broker));
        StringBuilder advertised = new StringBuilder();
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            String address = BrokerServices.advertised(cluster, listener, broker, observed, NODE_ADDRESS);
            if (address != null) {
                advertised.append(advertised.isEmpty() ? "" : ",").append(kafkaName(listener)).append("://").append(address);
            }
        }
        settings.put("advertised.listeners", advertised.toString());
        settings.put("replication.advertised.listener", BrokerServices.host(cluster, broker) + ":" + BrokerServices.REPLICATION_PORT);
        return settings;
    }

    /** Settings that are the same for all brokers. */
    private static Map<String, String> common(Cluster cluster) {
        Map<String, String> settings = new TreeMap<>(cluster.getSpec().config);
        StringBuilder listeners = new StringBuilder();
        StringBuilder protocols = new StringBuilder();
        for (ListenerSpec listener : cluster.getSpec().listeners) {
            String comma = listeners.isEmpty() ? "" : ",";
            listeners.append(comma).append(kafkaName(listener)).append("://:").append(listener.port);
            protocols.append(comma).append(kafkaName(listener)).append(':').append(BrokerSecurity.protocol(listener));
        }
        settings.put("cluster.id", cluster.id());
        settings.put("listeners", listeners.toString());
        settings.put("listener.security.protocol.map", protocols.toString());
        settings.put("replication.listener", ":" + BrokerServices.REPLICATION_PORT);
        BrokerSecurity.addTo(settings, cluster);
        if (cluster.getSpec().brokers >= BROKERS_FOR_TWO_IN_SYNC) {
            settings.putIfAbsent(MIN_IN_SYNC, "2");
        }
        settings.put("log.dirs", BrokerStatefulSet.DATA_PATH + "/data");
        return settings;
    }

    static String kafkaName(ListenerSpec listener) {
        return listener.name.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static String file(Map<String, String> settings) {
        StringBuilder file = new StringBuilder("config_ordinal=500\n");
        settings.forEach((name, value) -> file.append("kafka.").append(name).append('=').append(escaped(value)).append('\n'));
        return file.toString();
    }

    /** As java.util.Properties reads it. */
    private static String escaped(String value) {
        String escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        return escaped.startsWith(" ") || escaped.startsWith("\t") ? "\\" + escaped : escaped;
    }

    /**
     * Changes when brokers must restart. Settings that apply at once are not in it; nor are advertised addresses, because a new broker's would restart all.
     */
    static String restartHash(Cluster cluster) {
        Map<String, String> settings = common(cluster);
        settings.keySet().removeIf(name -> {
            ConfigDefinition definition = BrokerSettings.definitions().find(name);
            return definition != null && definition.update() == ConfigDefinition.Update.AT_ONCE;
        });
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(file(settings).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Why these settings cannot be used, {@code null} when they can: all that are wrong are named. */
    static Problem problem(Map<String, String> config) {
        List<String> problems = new ArrayList<>();
        new TreeMap<>(config).forEach((name, value) -> problems.addAll(problems(name, value)));
        if (problems.isEmpty()) {
            return null;
        }
        List<String> told = problems.subList(0, Math.min(TOLD_MAX, problems.size()));
        String more = problems.size() > TOLD_MAX ? " And " + (problems.size() - TOLD_MAX) + " more." : "";
        return new Problem("InvalidConfig", "spec.config: " + String.join(" ", told) + more);
    }

    private static List<String> problems(String name, String value) {
        if (OWN.contains(name)) {
            return List.of("It sets " + name + ", which the operator decides: take it out.");
        }
        if (value.contains("${")) {
            return List.of("The value of " + name + " contains '${', which would be taken for a variable: write it out.");
        }
        try {
            return BrokerConfig.of(Map.of(name, value)).warnings();
        } catch (InvalidConfigException e) {
            return List.of(e.getMessage());
        }
    }
}
