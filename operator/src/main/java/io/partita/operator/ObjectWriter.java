package io.partita.operator;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/**
 * Brings objects to what is wanted, and writes nothing when they are. Fields that are not ours (defaults of the API server, other people's labels) are
 * left alone.
 */
@ApplicationScoped
public class ObjectWriter {

    private static final String FIELD_MANAGER = "partita-operator";

    /** Fields that hold quantities. */
    private static final Set<String> QUANTITIES = Set.of("requests", "limits");

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
            for (var field : wanted.properties()) {
                JsonNode present = actual.path(field.getKey());
                boolean quantities = QUANTITIES.contains(field.getKey());
                if (quantities ? !sameQuantities(present, field.getValue()) : !contains(present, field.getValue())) {
                    return false;
                }
            }
            return actual.isObject() || wanted.isEmpty();
        }
        if (wanted.isArray()) {
            for (int i = 0; i < wanted.size(); i++) {
                if (!contains(actual.path(i), wanted.path(i))) {
                    return false;
                }
            }
            return actual.size() == wanted.size();
        }
        // Ports are numbers here and strings there.
        return wanted.isNull() || actual.isValueNode() && actual.asText().equals(wanted.asText());
    }

    /** The API server writes quantities in its own way: 1000m comes back as 1. */
    private static boolean sameQuantities(JsonNode actual, JsonNode wanted) {
        for (var field : wanted.properties()) {
            String present = actual.path(field.getKey()).asText("");
            if (present.isEmpty() || !Quantity.parse(present).equals(Quantity.parse(field.getValue().asText()))) {
                return false;
            }
        }
        return true;
    }
}
