package io.partita.operator.user;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
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
import io.partita.operator.certificate.Authorities;
import io.partita.operator.certificate.AuthoritySecrets;
import io.partita.operator.certificate.CertificateMaker;
import io.partita.operator.certificate.Issued;
import io.partita.operator.certificate.Pkcs12;
import io.partita.operator.certificate.Succession;
import io.partita.operator.certificate.Terms;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives users their passwords and certificates. Secrets are asked for by name when a User has changed, and now and then: the operator watches none. One that is not the User's is left alone, and the condition says
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
    private static final String NO_AUTHORITY = "NoAuthority";
    private static final Set<String> MAY_COME = Set.of(NO_AUTHORITY, "RoleNotFound");
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final LeaderElection election;
    private final EventRecorder events;
    private final UserSecrets secrets = new UserSecrets();
    private final CertificateMaker certificates = new CertificateMaker();

    UserReconciler(LeaderElection election, EventRecorder events) {
        this.election = election;
        this.events = events;
    }

    @Override
    public List<EventSource<?, User>> prepareEventSources(EventSourceContext<User> context) {
        return List.of(clusters(context));
    }

    /** A Cluster that comes, and one whose authorities take a step, is a reason to look at its users. */
    private static EventSource<Cluster, User> clusters(EventSourceContext<User> context) {
        var users = context.getPrimaryCache();
        var configuration = InformerEventSourceConfiguration.from(Cluster.class, User.class)
                .withSecondaryToPrimaryMapper(
                        cluster -> users.list().filter(user -> isOf(user, cluster)).map(ResourceID::fromResource).collect(Collectors.toSet()))
                .withOnUpdateFilter((after, before) -> !Objects.equals(certificatesOf(after), certificatesOf(before)))
                .build();
        return new InformerEventSource<>(configuration, context);
    }

    private static boolean isOf(User user, Cluster cluster) {
        return cluster.getMetadata().getName().equals(user.getSpec().cluster) && cluster.getMetadata().getNamespace().equals(user.getMetadata().getNamespace());
    }

    private static String certificatesOf(Cluster cluster) {
        Condition certificates = cluster.getStatus() == null ? null : Conditions.find(cluster.getStatus().conditions, Conditions.CERTIFICATES);
        return certificates == null ? null : certificates.getMessage();
    }

    @Override
    public UpdateControl<User> reconcile(User user, Context<User> context) {
        if (!election.isHeld()) {
            return UpdateControl.<User>noUpdate().rescheduleAfter(LeaderElection.LOOK_AGAIN);
        }
        KubernetesClient client = context.getClient();
        Cluster cluster = client.resources(Cluster.class).inNamespace(user.getMetadata().getNamespace()).withName(user.getSpec().cluster).get();
        Problem problem = UserRules.problem(user.getSpec());
        if (problem == null && cluster == null) {
            problem = new Problem("ClusterNotFound",
                    "There is no Cluster '" + user.getSpec().cluster + "' in this namespace: make it, or make a User of another one.");
        }
        if (problem == null) {
            problem = UserRules.problem(user.getSpec(), name -> {
                User role = client.resources(User.class).inNamespace(user.getMetadata().getNamespace()).withName(name).get();
                return role == null ? null : role.getSpec();
            });
        }
        if (problem == null && user.getSpec().isBy(Authentication.Scram)) {
            problem = giveAPassword(user, cluster, client);
        } else if (problem == null && user.getSpec().isBy(Authentication.Tls)) {
            problem = giveACertificate(user, cluster, client);
        }
        writeStatus(user, status(user, problem), client);
        boolean mayCome = cluster == null || problem != null && MAY_COME.contains(problem.reason());
        return UpdateControl.<User>noUpdate().rescheduleAfter(mayCome ? MISSING_INTERVAL : LOOK_INTERVAL);
    }

    /** Issues a certificate, and another one before it ends, or when another authority issues. What is wrong is returned, {@code null} for nothing. */
    private Problem giveACertificate(User user, Cluster cluster, KubernetesClient client) {
        String name = user.getMetadata().getName();
        if (name.length() > CertificateMaker.COMMON_NAME_MAX) {
            return new Problem("NameTooLong",
                    "Certificates have room for names of " + CertificateMaker.COMMON_NAME_MAX + " letters: give the User a shorter one.");
        }
        String ofAuthority = User.authorityOf(cluster.getMetadata().getName());
        Secret kept = secret(user, ofAuthority, client).get();
        if (kept == null || !ObjectWriter.isControlledBy(kept, cluster.getMetadata().getUid())) {
            return new Problem(NO_AUTHORITY, "There is no authority that could issue a certificate yet, the Secret '" + ofAuthority
                    + "' of the Cluster: it is made where a listener has authentication Tls.");
        }
        Secret own = secret(user, name, client).get();
        if (own != null && !ObjectWriter.isControlledBy(own, user.getMetadata().getUid())) {
            return taken(name);
        }
        Instant now = Instant.now();
        Authorities authorities;
        try {
            authorities = AuthoritySecrets.read(kept.getData() == null ? Map.of() : kept.getData());
        } catch (GeneralSecurityException unreadable) {
            return new Problem(NO_AUTHORITY,
                    "The Secret '" + ofAuthority + "' holds no authority (" + unreadable.getMessage() + "): the Cluster's conditions say more.");
        }
        Issued issued = own == null ? null : UserSecrets.certificateIn(own, name);
        boolean isNew = issued == null || Succession.isToRenew(issued.certificate(), authorities, Terms.OF_CLIENTS, now);
        if (isNew && authorities.issuing().key() == null) {
            return new Problem(NO_AUTHORITY, "The authority that issues certificates is being succeeded: the User gets one when that is done.");
        }
        if (isNew) {
            issued = certificates.ofClient(authorities.issuing(), name, user.getMetadata().getUid(), now, Terms.OF_CLIENTS.issued());
        }
        Map<String, String> stores = isNew
                ? Pkcs12.of(issued)
                : Map.of("user.p12", own.getData().get("user.p12"), "user.password", own.getData().get("user.password"));
        write(UserSecrets.of(user, issued, stores, authorities), own, client);
        if (isNew) {
            events.record(client, user, false, "CertificateIssued", "The Secret '" + name + "' has a new certificate, which is good until "
                    + Succession.day(issued.certificate().getNotAfter().toInstant()) + ".");
        }
        return null;
    }

    private static Problem taken(String name) {
        return new Problem("SecretTaken",
                "There is a Secret '" + name + "' that is not this User's. It is left alone: take it away, or give the User another name.");
    }

    private static void write(Secret wanted, Secret own, KubernetesClient client) {
        if (own == null) {
            client.resource(wanted).create();
        } else if (!wanted.getData().equals(own.getData())) {
            wanted.getMetadata().setResourceVersion(own.getMetadata().getResourceVersion());
            client.resource(wanted).update();
        }
    }

    /** Sees to the two Secrets. What is wrong is returned, {@code null} for nothing. */
    private Problem giveAPassword(User user, Cluster cluster, KubernetesClient client) {
        String name = user.getMetadata().getName();
        if (name.equals(User.credentialsOf(cluster.getMetadata().getName()))) {
            return new Problem("NameTaken", "The Secret '" + name + "' is that of the Cluster: give the User another name.");
        }
        Secret own = secret(user, name, client).get();
        if (own != null && !ObjectWriter.isControlledBy(own, user.getMetadata().getUid())) {
            return taken(name);
        }
        String password = own == null ? null : UserSecrets.passwordIn(own);
        if (password == null) {
            password = secrets.newPassword();
        }
        write(UserSecrets.of(user, password), own, client);
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
        String ownerBefore = before == null ? null : present.getData().get(User.ownerEntryOf(name));
        String entry = secrets.entry(password, before);
        String owner = User.ownerEntry(user.getMetadata().getUid());
        if (present == null) {
            client.resource(UserSecrets.ofCluster(cluster, user, entry)).create();
        } else if (!entry.equals(before) || !owner.equals(ownerBefore)) {
            // This user's alone, both at once: those of others are written at the same time.
            resource.patch(PatchContext.of(PatchType.JSON_MERGE),
                    "{\"data\":{\"" + name + "\":\"" + entry + "\",\"" + User.ownerEntryOf(name) + "\":\"" + owner + "\"}}");
        }
        return null;
    }

    private static Resource<Secret> secret(User user, String name, KubernetesClient client) {
        return client.secrets().inNamespace(user.getMetadata().getNamespace()).withName(name);
    }

    private static UserStatus status(User user, Problem problem) {
        boolean hasSecret = user.getSpec().isBy(Authentication.Scram) || user.getSpec().isBy(Authentication.Tls);
        boolean isRole = user.getSpec().isBy(Authentication.Role);
        UserStatus status = new UserStatus();
        status.observedGeneration = user.getMetadata().getGeneration();
        status.principal = isRole ? null : "User:" + user.userName();
        status.secret = problem == null && hasSecret ? user.getMetadata().getName() : null;
        status.conditions = Conditions.with(user.getStatus() == null ? null : user.getStatus().conditions, UserStatus.READY, problem == null,
                problem == null ? "Known" : problem.reason(),
                problem == null ? isRole ? "Users may have this role." : "Brokers know this user." : problem.message(),
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
