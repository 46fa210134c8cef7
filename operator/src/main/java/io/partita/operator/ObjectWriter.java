package io.partita.operator;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Brings objects to what is wanted, and writes nothing when they are. Fields that are not ours (defaults of the API server, other people's labels) are
 * left alone.
 */
@ApplicationScoped
public class ObjectWriter {

    private static final String FIELD_MANAGER = "partita-operator";

    private final OperatorConfig config;
    private final KubernetesSerialization serialization = new KubernetesSerialization();

    ObjectWriter(OperatorConfig config) {
        this.config = config;
    }

    /**
     * @param actual the object as last seen, {@code null} when there is none
     * @return whether something was written
     */
    public <T extends HasMetadata> boolean write(KubernetesClient client, T wanted, T actual) {
        if (actual != null && contains(tree(actual), tree(wanted))) {
            return false;
        }
        if (config.serverSideApply()) {
            // Forced: what others changed of our fields is drift.
            client.resource(wanted).fieldManager(FIELD_MANAGER).forceConflicts().serverSideApply();
        } else if (actual == null) {
            client.resource(wanted).create();
        } else {
            client.resource(wanted).update();
        }
        return true;
    }

    /** An object as the tree in which it travels. */
    public JsonNode tree(Object object) {
        return serialization.convertValue(object, JsonNode.class);
    }

    /** Whether everything wanted is there, whatever else there is. */
    static boolean contains(JsonNode actual, JsonNode wanted) {
        if (wanted.isObject()) {
            if (!actual.isObject() && !wanted.isEmpty()) {
                return false;
            }
            for (var field : wanted.properties()) {
                if (!contains(actual.path(field.getKey()), field.getValue())) {
                    return false;
                }
            }
            return true;
        }
        if (wanted.isArray()) {
            if (actual.size() != wanted.size()) {
                return false;
            }
            for (int i = 0; i < wanted.size(); i++) {
                if (!contains(actual.path(i), wanted.path(i))) {
                    return false;
                }
            }
            return true;
        }
        // Quantities and ports are numbers here and strings there.
        return wanted.isNull() || actual.isValueNode() && actual.asText().equals(wanted.asText());
    }
}
