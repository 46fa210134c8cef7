package io.partita.operator.user;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.partita.crds.Cluster;
import io.partita.crds.Conditions;
import io.partita.crds.ObjectPatch;
import io.partita.crds.Problem;
import io.partita.crds.User;
import io.partita.crds.UserRules;
import io.partita.crds.UserSpec.Authentication;
import io.partita.crds.UserStatus;
import io.partita.operator.EventRecorder;
import io.partita.operator.FailedLooks;
import io.partita.operator.LeaderElection;
import io.partita.operator.ObjectWriter;
import io.partita.operator.Retries;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Gives users their passwords. Secrets are asked for by name when a User has changed, and now and then: the operator watches none. One that is not the User's is left alone, and the condition says
 * so. Whoever puts another password into the Secret changes that of the user. There is no finalizer: what a Cluster's Secret still has of a user that is gone opens nothing, because brokers take
 * those alone of whom there is a User.
 */
@GradualRetry(maxAttempts = Retries.NO_LIMIT, initialInterval = Retries.MILLIS_MIN, maxInterval = Retries.MILLIS_MAX)
@ControllerConfiguration(name = "users", generationAwareEventProcessing = false)
public class UserReconciler implements Reconciler<User> {

    /** A Secret that was changed or taken away is seen to after so long. */
    private static final Duration LOOK_INTERVAL = Duration.ofMinutes(1);
    /** A Cluster that is not there may come. */
    private static final Duration MISSING_INTERVAL = Duration.ofSeconds(5);
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final LeaderElection election;
    private final EventRecorder events;
    private final UserSecrets secrets = new UserSecrets();

    UserReconciler(LeaderElection election, EventRecorder events) {
        this.election = election;
        this.events = events;
    }

    @Override
    public UpdateControl<User> reconcile(User user, Context<User> context) {
        if (!election.isHeld()) {
            return UpdateControl.<User>noUpdate().rescheduleAfter(LeaderElection.LOOK_AGAIN);
        }
        KubernetesClient client = context.getClient();
        Cluster cluster = client.resources(Cluster.class).inNamespace(user.getMetadata().getNamespace()).withName(user.getSpec().cluster).get();
        boolean isScram = user.getSpec().isBy(Authentication.Scram);
        Problem problem = UserRules.problem(user.getSpec());
        if (problem == null && cluster == null) {
            problem = new Problem("ClusterNotFound",
                    "There is no Cluster '" + user.getSpec().cluster + "' in this namespace: make it, or make a User of another one.");
        }
        if (problem == null && isScram) {
            problem = giveAPassword(user, cluster, client);
        }
        writeStatus(user, status(user, problem, isScram), client);
        return UpdateControl.<User>noUpdate().rescheduleAfter(cluster == null ? MISSING_INTERVAL : LOOK_INTERVAL);
    }

    /** Sees to the two Secrets. What is wrong is returned, {@code null} for nothing. */
    private Problem giveAPassword(User user, Cluster cluster, KubernetesClient client) {
        String name = user.getMetadata().getName();
        if (name.equals(User.credentialsOf(cluster.getMetadata().getName()))) {
            return new Problem("NameTaken", "The Secret '" + name + "' is that of the Cluster: give the User another name.");
        }
        Secret own = secret(user, name, client).get();
        if (own != null && !ObjectWriter.isControlledBy(own, user.getMetadata().getUid())) {
            return new Problem("SecretTaken",
                    "There is a Secret '" + name + "' that is not this User's. It is left alone: take it away, or give the User another name.");
        }
        String password = own == null ? null : UserSecrets.passwordIn(own);
        if (password == null) {
            password = secrets.newPassword();
        }
        Secret wanted = UserSecrets.of(user, password);
        if (own == null) {
            client.resource(wanted).create();
        } else if (!wanted.getData().equals(own.getData())) {
            wanted.getMetadata().setResourceVersion(own.getMetadata().getResourceVersion());
            client.resource(wanted).update();
        }
        return tellBrokers(user, cluster, password, client);
    }

    private Problem tellBrokers(User user, Cluster cluster, String password, KubernetesClient client) {
        String name = user.getMetadata().getName();
        Resource<Secret> resource = secret(user, User.credentialsOf(cluster.getMetadata().getName()), client);
        Secret present = resource.get();
        if (present != null && !ObjectWriter.isControlledBy(present, cluster.getMetadata().getUid())) {
            return new Problem("SecretTaken",
                    "There is a Secret '" + present.getMetadata().getName() + "' that is not the Cluster's, so its brokers cannot be told of users:"
                            + " take it away.");
        }
        String before = present == null || present.getData() == null ? null : present.getData().get(name);
        String entry = secrets.entry(password, before);
        if (present == null) {
            client.resource(UserSecrets.ofCluster(cluster, name, entry)).create();
        } else if (!entry.equals(before)) {
            // One entry: those of others are written at the same time.
            resource.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\":{\"" + name + "\":\"" + entry + "\"}}");
        }
        return null;
    }

    private static Resource<Secret> secret(User user, String name, KubernetesClient client) {
        return client.secrets().inNamespace(user.getMetadata().getNamespace()).withName(name);
    }

    private static UserStatus status(User user, Problem problem, boolean isScram) {
        UserStatus status = new UserStatus();
        status.observedGeneration = user.getMetadata().getGeneration();
        status.principal = "User:" + user.getMetadata().getName();
        status.secret = problem == null && isScram ? user.getMetadata().getName() : null;
        status.conditions = Conditions.with(user.getStatus() == null ? null : user.getStatus().conditions, UserStatus.READY, problem == null,
                problem == null ? "Known" : problem.reason(), problem == null ? "Brokers know this user." : problem.message(),
                user.getMetadata().getGeneration(), Instant.now());
        return status;
    }

    private void writeStatus(User user, UserStatus next, KubernetesClient client) {
        String patch = ObjectPatch.between(user, "status", user.getStatus(), next);
        if (patch == null) {
            return;
        }
        try {
            client.resource(user).subresource("status").patch(PatchContext.of(PatchType.JSON), patch);
        } catch (KubernetesClientException e) {
            if (e.getCode() == NOT_FOUND || e.getCode() == CONFLICT) {
                // Deleted or changed: the event of that is under way.
                return;
            }
            throw e;
        }
        Condition before = user.getStatus() == null ? null : Conditions.find(user.getStatus().conditions, UserStatus.READY);
        Condition after = Conditions.find(next.conditions, UserStatus.READY);
        if (before == null || !Objects.equals(before.getReason(), after.getReason())) {
            events.record(client, user, !Conditions.isTrue(next.conditions, UserStatus.READY), after.getReason(), after.getMessage());
        }
    }

    @Override
    public ErrorStatusUpdateControl<User> updateErrorStatus(User user, Context<User> context, Exception failure) {
        FailedLooks.tell(user, failure);
        return ErrorStatusUpdateControl.defaultErrorProcessing();
    }
}
