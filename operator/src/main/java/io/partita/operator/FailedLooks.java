package io.partita.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says that a look at an object failed and is tried again: in a sentence where the API server is what is wrong, which passes; with its stack where we are. */
public final class FailedLooks {

    private static final Logger LOG = LoggerFactory.getLogger(FailedLooks.class);

    private static final int CONFLICT = 409;

    private FailedLooks() {}

    /** To be called once for each failure. */
    public static void tell(HasMetadata object, Exception failure) {
        String sentence = sentence(object, failure);
        if (sentence == null) {
            LOG.error("{} {} could not be looked after, and is tried again. This is a defect of the operator; please report it.", object.getKind(),
                    name(object),
                    failure);
        } else if (failure instanceof KubernetesClientException refusal && refusal.getCode() == CONFLICT) {
            LOG.debug(sentence); // somebody was faster, of which there is an event
        } else {
            LOG.warn(sentence);
        }
    }

    /** What is wrong at the API server, {@code null} when it is not that. */
    static String sentence(HasMetadata object, Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException refusal) {
                boolean isSilent = refusal.getCode() <= 0;
                String reason = isSilent ? "does not answer" : "answers " + refusal.getCode();
                String words = isSilent && refusal.getCause() instanceof IOException away ? away.toString() : Refusals.reason(refusal);
                return object.getKind() + " " + name(object) + " is looked after again in a moment: the API server " + reason + " (" + words.strip() + ").";
            }
        }
        return null;
    }

    private static String name(HasMetadata object) {
        return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
    }
}
