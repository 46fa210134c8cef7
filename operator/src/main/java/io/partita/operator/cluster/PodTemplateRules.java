package io.partita.operator.cluster;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.partita.crds.Problem;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What of a user's pod template cannot be, or must not be unless whoever runs the operator allows it. */
final class PodTemplateRules {

    private static final String PATH = "spec.podTemplate";
    /** With these a pod is more than a pod of its namespace. */
    private static final List<String> OF_THE_NODE = List.of("hostNetwork", "hostPID", "hostIPC");

    private PodTemplateRules() {}

    /** Why it is no pod template, as far as its shape goes. */
    static Problem shape(IllegalArgumentException refusal) {
        String message = "it is no pod template";
        if (refusal.getCause() instanceof JsonMappingException mapping) {
            StringBuilder path = new StringBuilder();
            for (JsonMappingException.Reference step : mapping.getPath()) {
                path.append(step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName());
            }
            Class<?> wanted = mapping instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
            return new Problem("InvalidPodTemplate", PATH + path + " must be " + words(wanted) + ": kubectl explain podtemplate.template has all fields.");
        }
        return new Problem("InvalidPodTemplate", PATH + ": " + message + ": kubectl explain podtemplate.template has all fields.");
    }

    private static String words(Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        if (Map.class.isAssignableFrom(type)) {
            return "names with values";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive() && type != boolean.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        return type == String.class ? "a text" : "an object with fields of its own";
    }

    /**
     * What it asks for that who may create Clusters need not have: another service account and its rights, files and network of the node. {@code null} for nothing. What else
     * it can do anybody can who may create pods in the namespace.
     */
    static Problem privileges(ObjectNode template) {
        if (template == null) {
            return null;
        }
        JsonNode spec = template.path("spec");
        for (String field : List.of("serviceAccountName", "serviceAccount")) {
            if (!spec.path(field).asText("").isEmpty()) {
                return refused("spec." + field, "would give brokers, and who may create Clusters, the rights of another account");
            }
        }
        for (String field : OF_THE_NODE) {
            if (spec.path(field).asBoolean(false)) {
                return refused("spec." + field, "would open the node to brokers");
            }
        }
        int volume = 0;
        for (JsonNode it : spec.path("volumes")) {
            if (it.has("hostPath")) {
                return refused("spec.volumes[" + volume + "].hostPath", "would open files of the node to brokers");
            }
            volume++;
        }
        for (String containers : List.of("containers", "initContainers")) {
            int container = 0;
            for (JsonNode it : spec.path(containers)) {
                if (it.path("securityContext").path("privileged").asBoolean(false)) {
                    return refused("spec." + containers + "[" + container + "].securityContext.privileged", "would open the node to it");
                }
                container++;
            }
        }
        return null;
    }

    private static Problem refused(String path, String why) {
        return new Problem("PrivilegedPodTemplate", PATH + "." + path + " " + why + ": take it out, or have who runs the operator allow it"
                + " (PARTITA_OPERATOR_PRIVILEGED_POD_TEMPLATES=true).");
    }
}
