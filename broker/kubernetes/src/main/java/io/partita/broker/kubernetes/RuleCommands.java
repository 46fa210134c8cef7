package io.partita.broker.kubernetes;

import io.partita.broker.cluster.RulesText;
import io.partita.broker.kubernetes.SeenRules.DamagedRulesException;
import io.partita.broker.kubernetes.SeenRules.Rules;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PlannedChanges;
import io.partita.broker.metadata.Result;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.Acls;
import io.partita.crds.KafkaRules;
import io.partita.crds.KafkaRulesSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Access rules, quotas and settings of groups that Kafka's clients ask for, as writes of the cluster's KafkaRules: all of one request in one write, worked out from what the object says then, and
 * answered when this broker goes by it. Run by {@link ObjectCommands} on its thread.
 */
final class RuleCommands {

    private final ObjectWrites writes;
    private final MetadataStore.Context context;
    private final ImageFollower follower;
    private final Supplier<SeenObjects> objects;
    private final ObjectCommands commands;

    RuleCommands(ObjectWrites writes, MetadataStore.Context context, ImageFollower follower, Supplier<SeenObjects> objects, ObjectCommands commands) {
        this.writes = writes;
        this.context = context;
        this.follower = follower;
        this.objects = objects;
        this.commands = commands;
    }

    /** What a request makes of the rules there are. */
    private record Planned<R>(List<Result<R>> results, Rules after) {}

    CompletionStage<List<Result<Void>>> createAcls(List<AclBinding> acls) {
        return submit(acls.size(), (changes, before) -> {
            List<Result<Void>> results = acls.stream().map(changes::create).toList();
            Set<AclBinding> after = new LinkedHashSet<>(before.acls().bindings());
            for (int i = 0; i < acls.size(); i++) {
                if (results.get(i).isDone()) {
                    after.add(acls.get(i));
                }
            }
            return new Planned<>(results, new Rules(Acls.of(after), before.quotas(), before.groups()));
        });
    }

    CompletionStage<List<Result<List<AclBinding>>>> deleteAcls(List<AclFilter> filters) {
        return submit(filters.size(), (changes, before) -> {
            List<Result<List<AclBinding>>> results = filters.stream().map(changes::delete).toList();
            Set<AclBinding> after = new LinkedHashSet<>(before.acls().bindings());
            results.stream().filter(Result::isDone).forEach(result -> result.value().forEach(after::remove));
            return new Planned<>(results, new Rules(Acls.of(after), before.quotas(), before.groups()));
        });
    }

    CompletionStage<List<Result<Void>>> alterQuotas(List<QuotaAlteration> alterations, boolean validateOnly) {
        return submit(alterations.size(), (changes, before) -> {
            List<Result<Void>> results = alterations.stream().map(alteration -> changes.alter(alteration, validateOnly)).toList();
            ClientQuotas after = before.quotas();
            for (int i = 0; i < alterations.size(); i++) {
                after = results.get(i).isDone() && !validateOnly ? after.with(alterations.get(i)) : after;
            }
            return new Planned<>(results, new Rules(before.acls(), after, before.groups()));
        });
    }

    /** On the thread of commands: settings of a group come together with those of topics and brokers. */
    CompletableFuture<Result<Void>> alterGroup(String group, ConfigAlteration alteration, boolean validateOnly) {
        CompletableFuture<Result<List<Result<Void>>>> all = carryOut((changes, before) -> {
            Result<Void> result = changes.alter(alteration, validateOnly);
            Map<String, Map<String, String>> after = new TreeMap<>(before.groups());
            after.put(group, changes.groupConfigs(group));
            after.values().removeIf(Map::isEmpty);
            return new Planned<>(List.of(result), result.isDone() && !validateOnly ? new Rules(before.acls(), before.quotas(), after) : before);
        });
        return all.thenApply(done -> done.isDone() ? done.value().getFirst() : Result.refused(done.error(), done.message()));
    }

    private interface Plan<R> {
        Planned<R> of(PlannedChanges changes, Rules before);
    }

    private <R> CompletionStage<List<Result<R>>> submit(int parts, Plan<R> plan) {
        return commands.one(() -> carryOut(plan))
                .thenApply(all -> all.isDone() ? all.value() : Collections.nCopies(parts, Result.refused(all.error(), all.message())));
    }

    private <R> CompletableFuture<Result<List<Result<R>>>> carryOut(Plan<R> plan) {
        AtomicReference<List<Result<R>>> results = new AtomicReference<>();
        try {
            long written = writes.rules(object -> {
                Rules before = SeenRules.strict(object);
                ClusterImage image = follower.image().withRules(before.acls(), before.quotas(), before.groups());
                Planned<R> planned = plan.of(new PlannedChanges(image, context.config(), context.entropy()), before);
                results.set(planned.results);
                return planned.after.equals(before) ? null : said(object, before, planned.after);
            });
            return commands.seen(() -> isSeen(written) ? Result.done(results.get()) : null);
        } catch (DamagedRulesException wrong) {
            return CompletableFuture.completedFuture(Result.refused(ErrorCode.INVALID_CONFIG,
                    "Somebody has edited the KafkaRules of the cluster, in which " + wrong.getMessage() + ": kubectl edit kafkarules mends it."));
        }
    }

    /** Whether this broker goes by an object at least so new. */
    private boolean isSeen(long version) {
        KafkaRules seen = objects.get().rules();
        if (version == 0) {
            return true;
        }
        if (seen == null || seen.version() < version) {
            return false;
        }
        try {
            Rules now = SeenRules.strict(seen);
            ClusterImage image = follower.image();
            return ObjectUsers.isIn(image, now.acls(), now.quotas(), objects.get()) && now.groups().keySet().equals(Set.copyOf(image.configuredGroups()))
                    && now.groups().entrySet().stream().allMatch(group -> image.groupConfigs(group.getKey()).equals(group.getValue()));
        } catch (DamagedRulesException since) {
            return true;
        }
    }

    /** What does not change stays in the words of whoever wrote it. */
    private static KafkaRulesSpec said(KafkaRules object, Rules before, Rules after) {
        KafkaRulesSpec next = new KafkaRulesSpec();
        next.cluster = object.getSpec().cluster;
        next.acls = after.acls().equals(before.acls()) ? object.getSpec().acls : new ArrayList<>(RulesText.lines(after.acls()));
        next.quotas = after.quotas().equals(before.quotas()) ? object.getSpec().quotas : new ArrayList<>(RulesText.lines(after.quotas()));
        next.groups = after.groups();
        return next;
    }
}
