package io.partita.e2e;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A pod of the brokers' StatefulSet with its one container as a process, as far as a process on this machine can be one: it has the environment that the template says, the
 * ConfigMap as files, a folder as its volume, and addresses of the loopback network as those of pod and node, in place of names and of "every address".
 */
final class BrokerPod {

    private final StatefulSet set;
    private final int ordinal;
    private final ConfigMap settings;
    private final Path volume;
    private final Path scratch;
    private final Map<String, String> more;
    /** Versions of the Secrets that are there as files, by where. */
    private final Map<String, String> mounted = new HashMap<>();
    private JavaProcess process;
    private int restarts;

    /**
     * @param set as it was when the pod was made
     * @param settings the files that its template mounts
     * @param volume outlives the pod
     * @param more variables that are not in the template
     */
    BrokerPod(StatefulSet set, int ordinal, ConfigMap settings, Path volume, Path scratch, Map<String, String> more) {
        this.set = set;
        this.ordinal = ordinal;
        this.settings = settings;
        this.volume = volume;
        this.scratch = scratch;
        this.more = more;
    }

    static String ip(int ordinal) {
        return "127.1.0." + (ordinal + 1);
    }

    static String nodeIp(int ordinal) {
        return "127.2.0." + (ordinal + 1);
    }

    String name() {
        return set.getMetadata().getName() + "-" + ordinal;
    }

    StatefulSet set() {
        return set;
    }

    Path data() {
        return volume.resolve("data");
    }

    int restarts() {
        return restarts;
    }

    void start() {
        Map<String, String> environment = new LinkedHashMap<>(more);
        for (EnvVar variable : spec().getContainers().getFirst().getEnv()) {
            environment.put(variable.getName(), value(variable, environment));
        }
        environment.put("QUARKUS_HTTP_HOST", ip(ordinal));
        environment.replaceAll((name, value) -> value.replace("/etc/partita/settings", scratch.toString()));
        settings.getData().forEach((file, content) -> write(scratch.resolve(file), here(content)));
        process = new JavaProcess(Repository.application("broker/app"), environment, scratch.resolve("output.log").toFile());
    }

    private PodSpec spec() {
        return set.getSpec().getTemplate().getSpec();
    }

    private String value(EnvVar variable, Map<String, String> before) {
        String value = variable.getValueFrom() == null
                ? Objects.requireNonNullElse(variable.getValue(), "")
                : switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
                    case "metadata.name" -> name();
                    case "metadata.namespace" -> set.getMetadata().getNamespace();
                    case "status.hostIP" -> nodeIp(ordinal);
                    default -> throw new IllegalStateException(variable.toString());
                };
        for (Map.Entry<String, String> known : before.entrySet()) {
            value = value.replace("$(" + known.getKey() + ")", known.getValue());
        }
        return value;
    }

    /** Which Secrets the pods of a set mount, by where. */
    static Map<String, String> secrets(StatefulSet set) {
        PodSpec pod = set.getSpec().getTemplate().getSpec();
        Map<String, String> secrets = new TreeMap<>();
        for (VolumeMount mount : pod.getContainers().getFirst().getVolumeMounts()) {
            pod.getVolumes().stream().filter(volume -> volume.getName().equals(mount.getName()) && volume.getSecret() != null)
                    .forEach(volume -> secrets.put(mount.getMountPath(), volume.getSecret().getSecretName()));
        }
        return secrets;
    }

    /** Brings the files of Secrets up to date, as a kubelet does: all those of one at a stroke, by a link to a folder. */
    void mount(Map<String, Secret> present) {
        secrets(set).forEach((path, name) -> {
            Secret secret = present.get(name);
            if (secret != null && !secret.getMetadata().getResourceVersion().equals(mounted.get(path))) {
                mount(folder(path), secret);
                mounted.put(path, secret.getMetadata().getResourceVersion());
            }
        });
    }

    private static void mount(Path link, Secret secret) {
        try {
            Path content = Files.createDirectory(link.resolveSibling(link.getFileName() + "-" + secret.getMetadata().getResourceVersion()));
            for (Map.Entry<String, String> entry : secret.getData().entrySet()) {
                Files.write(content.resolve(entry.getKey()), Base64.getDecoder().decode(entry.getValue()));
            }
            Path next = Files.createSymbolicLink(link.resolveSibling(link.getFileName() + "-next"), content);
            Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path folder(String mountPath) {
        return scratch.resolve(Path.of(mountPath).getFileName());
    }

    /** Settings with addresses and folders of this machine. */
    private String here(String content) {
        String here = content.replace("/var/lib/partita", volume.toString()).replace("://:", "://" + ip(ordinal) + ":").replace("replication.listener=:",
                "replication.listener=" + ip(ordinal) + ":");
        for (String path : secrets(set).keySet()) {
            here = here.replace(path + "/", folder(path) + "/");
        }
        for (int other = 0; other < 10; other++) {
            String set = this.set.getMetadata().getName();
            here = here.replace(set + "-" + other + "." + set + "-brokers." + this.set.getMetadata().getNamespace() + ".svc", ip(other));
        }
        return here;
    }

    private static void write(Path file, String content) {
        try {
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a kubelet does with a container that ended: starts it again, without asking anybody. */
    void restartIfDead() {
        if (!process.isAlive()) {
            restarts++;
            start();
        }
    }

    boolean isReady() {
        return process.isAlive() && JavaProcess.page("http://" + ip(ordinal) + ":8080/health/ready") != null;
    }

    /** A loss of the process. */
    void kill() {
        process.kill();
    }

    /** The process stands still, and does not end by itself. */
    void hang() {
        process.stop();
    }

    /** The end of the pod; what its process ended with. */
    int stop() {
        process.close();
        return process.exitCode();
    }

    /** The state of a template. */
    static String revision(StatefulSet set) {
        return Integer.toHexString(set.getSpec().getTemplate().hashCode());
    }

    /** The object. */
    Pod object(boolean ready) {
        Map<String, String> labels = new HashMap<>(set.getSpec().getTemplate().getMetadata().getLabels());
        labels.put("controller-revision-hash", revision(set));
        return new PodBuilder()
                .withNewMetadata()
                .withName(name())
                .withNamespace(set.getMetadata().getNamespace())
                .withLabels(labels)
                .withAnnotations(set.getSpec().getTemplate().getMetadata().getAnnotations())
                .addNewOwnerReference()
                .withApiVersion(set.getApiVersion())
                .withKind(set.getKind())
                .withName(set.getMetadata().getName())
                .withUid(set.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withSpec(spec())
                .editSpec()
                .withNodeName("node-" + ordinal)
                .addNewVolume()
                .withName("data")
                .withNewPersistentVolumeClaim("data-" + name(), false)
                .endVolume()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(ip(ordinal))
                .withHostIP(nodeIp(ordinal))
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build();
    }
}
