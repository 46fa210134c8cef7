package io.partita.operator.cluster;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.partita.crds.Problem;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What of the resources a spec asks for cannot be. */
final class ResourceRules {

    private ResourceRules() {}

    /** Why these resources cannot be had, {@code null} when they can. */
    static Problem problem(ResourceRequirements resources) {
        if (resources == null) {
            return null;
        }
        Map<String, Quantity> requests = Objects.requireNonNullElse(resources.getRequests(), Map.of());
        Map<String, Quantity> limits = Objects.requireNonNullElse(resources.getLimits(), Map.of());
        Problem unreadable = unreadable("spec.resources.requests", requests);
        unreadable = unreadable != null ? unreadable : unreadable("spec.resources.limits", limits);
        if (unreadable != null) {
            return unreadable;
        }
        for (var request : new TreeMap<>(requests).entrySet()) {
            Quantity limit = limits.get(request.getKey());
            if (limit != null && request.getValue().compareTo(limit) > 0) {
                return new Problem("InvalidResources", "spec.resources.requests." + request.getKey() + " is " + request.getValue()
                        + ", more than spec.resources.limits." + request.getKey() + ", " + limit + ": lower the one or raise the other.");
            }
        }
        return null;
    }

    private static Problem unreadable(String path, Map<String, Quantity> quantities) {
        for (var quantity : new TreeMap<>(quantities).entrySet()) {
            if (!isQuantity(quantity.getValue().toString())) {
                return new Problem("InvalidResources",
                        path + "." + quantity.getKey() + ": '" + quantity.getValue() + "' is no quantity: write it like 500m or 2Gi.");
            }
        }
        return null;
    }

    private static boolean isQuantity(String value) {
        try {
            Quantity.parse(value).getNumericalAmount();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
