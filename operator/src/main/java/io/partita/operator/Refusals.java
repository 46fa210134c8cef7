package io.partita.operator;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** What the API server says when it does not do something. */
public final class Refusals {

    private Refusals() {}

    /** Its own words, without those of the client around them. */
    public static String reason(KubernetesClientException refusal) {
        boolean isSaid = refusal.getStatus() != null && refusal.getStatus().getMessage() != null;
        return isSaid ? refusal.getStatus().getMessage() : refusal.getMessage();
    }
}
