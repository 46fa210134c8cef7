package io.partita.broker.cluster;

import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.SeenCluster.SeenTopic;
import io.partita.broker.cluster.TopicObject.Place;
import io.partita.broker.config.BrokerConfig;
import io.partita.broker.config.TopicSettings;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.EventLoop;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ConfigAlteration;
import io.partita.broker.metadata.NewPartitions;
import io.partita.broker.metadata.NewTopic;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.PlannedChanges;
import io.partita.broker.metadata.Result;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.metadata.TopicSelector;
import io.partita.broker.metadata.UserAlteration;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.quota.ClientQuotas;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.Acls;
import io.partita.broker.security.sasl.ScramUsers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What clients ask for, as writes of objects: each is one, guarded by what it was worked out from, and is answered when it was seen and this broker has applied it. Who is overtaken looks
 * again; where nobody knows what became of a write, looking tells. Owned by the store's loop.
 */
final class TopicCommands {

    private static final Logger LOG = LoggerFactory.getLogger(TopicCommands.class);

    /** After that it is answered that the outcome is not known. */
    private static final long TIMEOUT_MILLIS = 15_000;
    private static final long PAUSE_MILLIS = 200;
    /** Entries of one set: enough that a broker's partitions are in few of them, and few enough that one is written in milliseconds. */
    static final int ENTRIES_MAX = 400;
    /** Replicas of a topic when nobody says anything, as far as there are brokers; and how many of them must have a record. */
    private static final int REPLICAS = 3;
    private static final int MIN_IN_SYNC = 2;

    private final ObjectStore store;
    private final SeenCluster seen;
    private final ImageSteps steps;
    private final EventLoop loop;
    private final Clock clock;
    private final BrokerConfig config;
    private final Entropy entropy;
    private final Consumer<Stored> news;
    private final Supplier<List<Integer>> awaited;
    /** Partitions that were given a place in a set and are on their way to it. */
    private final Map<String, Integer> reserved = new HashMap<>();

    /**
     * @param news told of objects as they are after a write, or were found; has them seen
     * @param awaited the brokers that are away and are waited for
     */
    TopicCommands(ObjectStore store, SeenCluster seen, ImageSteps steps, EventLoop loop, Clock clock, BrokerConfig config, Entropy entropy,
            Consumer<Stored> news, Supplier<List<Integer>> awaited) {
        this.store = store;
        this.seen = seen;
        this.steps = steps;
        this.loop = loop;
        this.clock = clock;
        this.config = config;
        this.entropy = entropy;
        this.news = news;
        this.awaited = awaited;
    }

    /** What a command is to do next, by what was seen. */
    private sealed interface Step<T> {

        /** Nothing: that is the answer. */
        record Known<T>(Result<T> result) implements Step<T> {}

        /** To wait for an outcome. */
        record Wait<T>(Supplier<Result<T>> outcome) implements Step<T> {}

        /** To write, then to wait. A text of {@code null} deletes. */
        record Write<T>(String name, long ifVersion, String text, Supplier<Result<T>> outcome) implements Step<T> {}
    }

    // ---- topics

    CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
        return submit(topics, (changes, topic) -> create(changes, topic, validateOnly));
    }

    private CompletableFuture<Result<TopicImage>> create(PlannedChanges changes, NewTopic asked, boolean validateOnly) {
        BrokerConfig inForce = config.overlaid(steps.made().brokerConfigs(ClusterImage.ALL_BROKERS), Map.of());
        boolean isOpen = asked.replicas() == NewTopic.DEFAULT && asked.assignment() == null && !inForce.isSet("default.replication.factor");
        NewTopic topic = isOpen
                ? new NewTopic(asked.name(), asked.partitions(), replicas(), null, asked.configs())
                : asked;
        Result<TopicImage> planned = changes.create(topic, validateOnly);
        if (!planned.isDone()) {
            return CompletableFuture.completedFuture(planned);
        }
        TopicImage image = withMinimum(planned.value(), inForce);
        Result<TopicImage> older = olderRelease(Map.of(), image.configs());
        if (older != null) {
            return CompletableFuture.completedFuture(older);
        }
        if (validateOnly) {
            return CompletableFuture.completedFuture(Result.done(image));
        }
        List<Place> places = places(image.partitions());
        TopicObject object = new TopicObject(image.name(), image.id(), places, 0, image.configs());
        tellAwaited(image);
        CompletableFuture<Result<TopicImage>> created = carryOut(() -> {
            SeenTopic present = seen.topic(object.name());
            if (present == null) {
                return new Step.Write<>(TopicObject.objectName(object.name()), ObjectStore.ABSENT, object.text(), () -> led(object.id(), places.size()));
            }
            return present.object().id().equals(object.id())
                    ? new Step.Wait<>(() -> led(object.id(), places.size()))
                    : new Step.Known<>(Result.refused(ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + object.name() + "' already exists."));
        });
        created.whenComplete((result, failure) -> places.forEach(place -> reserved.merge(place.set(), -1, Integer::sum)));
        return created;
    }

    /** Of a topic of which nobody says it. Who is away only for a while has its replicas when it is back. */
    private int replicas() {
        int there = steps.made().brokers().size();
        return Math.clamp(there < REPLICAS ? there + awaited().size() : there, 1, REPLICAS);
    }

    /** With three replicas a record is to be on two before it counts, unless somebody says otherwise. */
    private static TopicImage withMinimum(TopicImage topic, BrokerConfig inForce) {
        boolean isSaid = topic.configs().containsKey(TopicSettings.MIN_INSYNC_REPLICAS) || inForce.isSet(TopicSettings.MIN_INSYNC_REPLICAS);
        if (isSaid || topic.partition(0).replicas().size() < REPLICAS) {
            return topic;
        }
        Map<String, String> configs = new TreeMap<>(topic.configs());
        configs.put(TopicSettings.MIN_INSYNC_REPLICAS, Integer.toString(MIN_IN_SYNC));
        return new TopicImage(topic.name(), topic.id(), topic.partitions(), configs);
    }

    /** Who is away by the image that everything here goes by. */
    private List<Integer> awaited() {
        return awaited.get().stream().filter(broker -> steps.made().broker(broker) == null).toList();
    }

    private void tellAwaited(TopicImage topic) {
        Set<Integer> away = new TreeSet<>();
        topic.partitions().forEach(partition -> away.addAll(partition.replicas()));
        steps.made().brokers().forEach(broker -> away.remove(broker.id()));
        if (!away.isEmpty()) {
            LOG.info("Topic '{}' has replicas on brokers that are away: {}. They have its records when they are back; it is written to without them as far as"
                    + " min.insync.replicas allows.", topic.name(), away);
        }
    }

    /** Places in sets of the brokers that are to lead. */
    private List<Place> places(List<PartitionImage> partitions) {
        List<Place> places = new ArrayList<>(partitions.size());
        for (PartitionImage partition : partitions) {
            int broker = partition.replicas().getFirst();
            int number = 0;
            while (isFull(broker + "-" + number)) {
                number++;
            }
            String set = broker + "-" + number;
            reserved.merge(set, 1, Integer::sum);
            places.add(new Place(set, partition.replicas()));
        }
        return places;
    }

    private boolean isFull(String set) {
        return seen.set(set).isDamaged() || seen.placedIn(set) + reserved.getOrDefault(set, 0) >= ENTRIES_MAX;
    }

    /** The topic once this broker has applied it with a leader for each partition, {@code null} until then. */
    private Result<TopicImage> led(UUID id, int partitions) {
        TopicImage image = steps.applied().topic(id);
        if (image == null) {
            return null;
        }
        boolean isLed = image.partitions().size() >= partitions && image.partitions().stream().allMatch(partition -> partition.leader() >= 0);
        return isLed ? Result.done(image) : null;
    }

    CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
        return submit(topics, (changes, selector) -> {
            Result<TopicImage> planned = changes.delete(selector);
            if (!planned.isDone()) {
                return CompletableFuture.completedFuture(planned);
            }
            UUID id = planned.value().id();
            Supplier<Result<TopicImage>> gone = () -> steps.applied().topic(id) == null ? planned : null;
            return carryOut(() -> {
                SeenTopic present = seen.topic(id);
                return present == null
                        ? new Step.Wait<>(gone)
                        : new Step.Write<>(TopicObject.objectName(present.object().name()), present.version(), null, gone);
            });
        });
    }

    CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
        return submit(additions, (none, addition) -> carryOut(() -> grow(addition, validateOnly)));
    }

    private Step<TopicImage> grow(NewPartitions addition, boolean validateOnly) {
        SeenTopic present = seen.topic(addition.topic());
        Result<TopicImage> planned = changes().grow(addition, validateOnly);
        boolean isHidden = present != null && planned.isDone() && steps.made().topic(present.object().id()) == null;
        if (!planned.isDone() || validateOnly || present == null || isHidden) {
            return new Step.Known<>(planned);
        }
        TopicObject object = present.object();
        if (object.places().size() >= addition.count()) {
            // Asked for by another, and not placed yet.
            return new Step.Wait<>(() -> led(object.id(), addition.count()));
        }
        List<PartitionImage> added = planned.value().partitions().subList(object.places().size(), addition.count());
        List<Place> places = new ArrayList<>(object.places());
        List<Place> more = places(added);
        more.forEach(place -> reserved.merge(place.set(), -1, Integer::sum));
        places.addAll(more);
        return new Step.Write<>(TopicObject.objectName(object.name()), present.version(), object.withPlaces(places).text(),
                () -> led(object.id(), addition.count()));
    }

    // ---- settings

    CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
        return submit(alterations, (none, alteration) -> carryOut(() -> switch (alteration.target()) {
            case ConfigAlteration.Topic(String name) -> alterTopic(name, alteration, validateOnly);
            case ConfigAlteration.Broker(int id) -> alterBroker(id, alteration, validateOnly);
            case ConfigAlteration.Group(String id) -> new Step.Known<Void>(Result.refused(ErrorCode.INVALID_REQUEST,
                    "Settings of group '" + id + "' are not kept in a cluster of several brokers yet."));
        }));
    }

    private Step<Void> alterTopic(String name, ConfigAlteration alteration, boolean validateOnly) {
        PlannedChanges changes = changes();
        Result<Void> planned = changes.alter(alteration, false);
        SeenTopic present = seen.topic(name);
        if (!planned.isDone() || present == null) {
            return new Step.Known<>(planned);
        }
        Map<String, String> after = changes.topic(name).configs();
        Result<Void> older = olderRelease(present.object().configs(), after);
        if (older != null || validateOnly) {
            return new Step.Known<>(older != null ? older : planned);
        }
        UUID id = present.object().id();
        Supplier<Result<Void>> applied = () -> {
            TopicImage now = steps.applied().topic(id);
            SeenTopic newest = seen.topic(id);
            boolean isChangedSince = newest == null || !newest.object().configs().equals(after);
            return now == null || isChangedSince || now.configs().equals(after) ? planned : null;
        };
        return after.equals(present.object().configs())
                ? new Step.Wait<>(applied)
                : new Step.Write<>(TopicObject.objectName(name), present.version(), present.object().withConfigs(after).text(), applied);
    }

    /** Refuses settings that a broker of the cluster would not heed, if it led the topic; {@code null} where all do. */
    private <T> Result<T> olderRelease(Map<String, String> before, Map<String, String> after) {
        String setting = after.keySet().stream().filter(name -> TopicSettings.isOfQueue(name) && !after.get(name).equals(before.get(name))
                && !after.get(name).equals(TopicSettings.definitions().find(name).defaultValue())).findFirst().orElse(null);
        return setting == null
                ? null
                : seen.brokers().stream().filter(broker -> broker.object().level() < BrokerObject.LEVEL_QUEUES).findFirst()
                        .<Result<T>>map(old -> Result.refused(ErrorCode.UNSUPPORTED_VERSION, "Broker " + old.object().broker().id() + " runs release "
                                + old.object().version() + ", which knows nothing of " + setting + ": update it first."))
                        .orElse(null);
    }

    private Step<Void> alterBroker(int id, ConfigAlteration alteration, boolean validateOnly) {
        PlannedChanges changes = changes();
        Result<Void> planned = changes.alter(alteration, validateOnly);
        if (!planned.isDone() || validateOnly) {
            return new Step.Known<>(planned);
        }
        Map<String, String> after = changes.brokerConfigs(id);
        Supplier<Result<Void>> applied = () -> steps.applied().brokerConfigs(id).equals(seen.cluster().settings(id)) ? planned : null;
        return after.equals(seen.cluster().settings(id))
                ? new Step.Wait<>(applied)
                : new Step.Write<>(ClusterObject.NAME, seen.clusterVersion(), seen.cluster().with(id, after).text(), applied);
    }

    // ---- access rules, quotas and users

    CompletionStage<List<Result<Void>>> createAcls(List<AclBinding> acls) {
        // In one write, so that many rules are not as many versions of one object.
        return submitAll(acls, changes -> {
            List<Result<Void>> results = acls.stream().map(changes::create).toList();
            Set<AclBinding> after = new LinkedHashSet<>(seen.acls().bindings());
            for (int i = 0; i < acls.size(); i++) {
                if (results.get(i).isDone()) {
                    after.add(acls.get(i));
                }
            }
            return rules(results, after);
        });
    }

    CompletionStage<List<Result<List<AclBinding>>>> deleteAcls(List<AclFilter> filters) {
        return submitAll(filters, changes -> {
            List<Result<List<AclBinding>>> results = filters.stream().map(changes::delete).toList();
            Set<AclBinding> after = new LinkedHashSet<>(seen.acls().bindings());
            results.stream().filter(Result::isDone).forEach(result -> result.value().forEach(after::remove));
            return rules(results, after);
        });
    }

    private <R> WholeObject<R> rules(List<Result<R>> results, Set<AclBinding> after) {
        return new WholeObject<>(results, after.equals(seen.acls().bindings()), AclsObject.NAME, seen.aclsVersion(),
                () -> AclsObject.text(Acls.of(after)), () -> steps.applied().acls().equals(seen.acls()));
    }

    CompletionStage<List<Result<Void>>> alterQuotas(List<QuotaAlteration> alterations, boolean validateOnly) {
        return submitAll(alterations, changes -> {
            List<Result<Void>> results = alterations.stream().map(alteration -> changes.alter(alteration, validateOnly)).toList();
            ClientQuotas after = seen.quotas();
            for (int i = 0; i < alterations.size(); i++) {
                after = results.get(i).isDone() && !validateOnly ? after.with(alterations.get(i)) : after;
            }
            ClientQuotas wanted = after;
            return new WholeObject<>(results, wanted.equals(seen.quotas()), QuotasObject.NAME, seen.quotasVersion(), () -> QuotasObject.text(wanted),
                    () -> steps.applied().quotas().equals(seen.quotas()));
        });
    }

    CompletionStage<List<Result<Void>>> alterUsers(List<UserAlteration> alterations) {
        return submitAll(alterations, changes -> {
            List<Result<Void>> results = alterations.stream().map(changes::alter).toList();
            ScramUsers after = seen.users();
            for (int i = 0; i < alterations.size(); i++) {
                after = results.get(i).isDone() ? alterations.get(i).applied(after) : after;
            }
            ScramUsers wanted = after;
            return new WholeObject<>(results, wanted.equals(seen.users()), UsersObject.NAME, seen.usersVersion(), () -> UsersObject.text(wanted),
                    () -> steps.applied().scramUsers().equals(seen.users()));
        });
    }

    /** A write of an object of which there is one, and what it is answered with. */
    private record WholeObject<R>(
            List<Result<R>> results, boolean isSame, String name, long version, Supplier<String> text, BooleanSupplier isApplied) {}

    private <P, R> CompletionStage<List<Result<R>>> submitAll(List<P> parts, Function<PlannedChanges, WholeObject<R>> plan) {
        CompletableFuture<List<Result<R>>> all = new CompletableFuture<>();
        loop.execute(() -> {
            CompletableFuture<Result<List<Result<R>>>> done = carryOut(() -> {
                WholeObject<R> step = plan.apply(changes());
                Supplier<Result<List<Result<R>>>> applied = () -> step.isApplied.getAsBoolean() ? Result.done(step.results) : null;
                return step.isSame ? new Step.Wait<>(applied) : new Step.Write<>(step.name, step.version, step.text.get(), applied);
            });
            done.whenComplete((result, failure) -> {
                if (failure != null) {
                    all.completeExceptionally(failure);
                } else if (result.isDone()) {
                    all.complete(result.value());
                } else {
                    all.complete(Collections.nCopies(parts.size(), Result.refused(result.error(), result.message())));
                }
            });
        });
        return all;
    }

    // ---- carrying out

    private PlannedChanges changes() {
        return new PlannedChanges(steps.made(), config, entropy, this::awaited);
    }

    private <P, R> CompletionStage<List<Result<R>>> submit(List<P> parts, BiFunction<PlannedChanges, P, CompletableFuture<Result<R>>> begin) {
        CompletableFuture<List<Result<R>>> all = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                PlannedChanges changes = changes();
                List<CompletableFuture<Result<R>>> results = new ArrayList<>(parts.size());
                for (P part : parts) {
                    results.add(begin.apply(changes, part));
                }
                CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        all.completeExceptionally(failure);
                    } else {
                        all.complete(results.stream().map(result -> result.getNow(null)).toList());
                    }
                });
            } catch (RuntimeException defect) {
                all.completeExceptionally(defect);
            }
        });
        return all;
    }

    private <T> CompletableFuture<Result<T>> carryOut(Supplier<Step<T>> plan) {
        CompletableFuture<Result<T>> done = new CompletableFuture<>();
        attempt(plan, done, clock.monotonicMillis() + TIMEOUT_MILLIS);
        return done;
    }

    private <T> void attempt(Supplier<Step<T>> plan, CompletableFuture<Result<T>> done, long untilMillis) {
        if (clock.monotonicMillis() >= untilMillis) {
            done.complete(Result.refused(ErrorCode.REQUEST_TIMED_OUT,
                    "The store of the cluster's objects does not answer, so it is not known whether the change is stored. Look again when it is back."));
            return;
        }
        Step<T> step;
        try {
            step = plan.get();
        } catch (RuntimeException defect) {
            done.completeExceptionally(defect);
            return;
        }
        switch (step) {
            case Step.Known<T>(Result<T> result) -> done.complete(result);
            case Step.Wait<T>(Supplier<Result<T>> outcome) -> await(outcome, done, untilMillis);
            case Step.Write<T> write -> {
                CompletionStage<Outcome> written = write.text == null
                        ? store.delete(write.name, write.ifVersion)
                        : store.put(write.name, write.ifVersion, write.text);
                written.whenComplete((outcome, failure) -> loop.execute(() -> {
                    if (outcome instanceof Outcome.Written(long version)) {
                        news.accept(new Stored(write.name, version, write.text));
                        await(write.outcome, done, untilMillis);
                    } else {
                        loop.schedule(failure == null ? 0 : PAUSE_MILLIS, () -> look(write.name, () -> attempt(plan, done, untilMillis), done, untilMillis));
                    }
                }));
            }
        }
    }

    private <T> void look(String name, Runnable then, CompletableFuture<Result<T>> done, long untilMillis) {
        store.get(name).whenComplete((found, failure) -> loop.execute(() -> {
            if (failure != null) {
                loop.schedule(PAUSE_MILLIS, () -> {
                    if (clock.monotonicMillis() < untilMillis) {
                        look(name, then, done, untilMillis);
                    } else {
                        then.run();
                    }
                });
                return;
            }
            if (found == null) {
                // Its end is on its way by the watch.
                loop.schedule(PAUSE_MILLIS / 10, then);
            } else {
                news.accept(found);
                then.run();
            }
        }));
    }

    private <T> void await(Supplier<Result<T>> outcome, CompletableFuture<Result<T>> done, long untilMillis) {
        steps.wait(outcome, Math.max(1, untilMillis - clock.monotonicMillis())).whenComplete((result, failure) -> {
            if (failure != null) {
                done.completeExceptionally(failure);
            } else {
                done.complete(result);
            }
        });
    }
}
