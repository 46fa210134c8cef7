package io.partita.broker.metadata;

import io.partita.broker.config.BrokerConfig;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionStates;
import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.Workers;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.quota.QuotaAlteration;
import io.partita.broker.security.AclBinding;
import io.partita.broker.security.AclFilter;
import io.partita.broker.security.sasl.KeySet;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where the cluster's metadata are kept and changed. Commands are carried out one after the other, wherever they come from, each against the
 * state the one before it left. A stage completes when the change is durable and applied ({@link ImageListener}), with one result per part of the
 * command, in its order; on a thread of the store, so what depends on it must not block. It fails only when the store itself does (closed, unreachable); the parts'
 * refusals are results.
 */
public interface MetadataStore {

    /** Opens the store of a broker that starts. */
    @FunctionalInterface
    interface Factory {

        /** @throws IOException when what the broker has on its disk does not let it; the message says what can be done */
        MetadataStore open(Context context) throws IOException;

        /**
         * The id of the cluster that brokers with this store are of. Asked before {@link #open}, and before anything is written to a new data directory.
         *
         * @param directories the broker's; a cluster that is not there yet begins under the id that they belong to, or would
         * @return fails where the directories have logs of a cluster that the store does not know; the message says what can be done
         */
        default CompletionStage<String> clusterId(DataDirectories directories, BrokerConfig config) {
            return CompletableFuture.completedStage(directories.clusterId());
        }
    }

    /**
     * What a starting broker gives its store.
     *
     * @param config the settings it was started with
     * @param directories its data directories, in which nothing was changed yet; a store writes to them from {@link MetadataStore#start} on
     * @param clusterId the cluster that the data directories belong to
     * @param incarnation what the logs are known by
     * @param epochs the highest leader epochs in the logs
     */
    record Context(
            BrokerConfig config, Disk disk, DataDirectories directories, String clusterId, LogIncarnation incarnation, LogEpochs epochs,
            Workers workers, Clock clock, Entropy entropy) {}

    /** Which leader epochs the logs of a broker have seen. */
    @FunctionalInterface
    interface LogEpochs {

        /** The highest epoch of a partition that its log has records of, -1 for none. Reads a small file; any thread. */
        int latest(String topic, UUID topicId, int partition);
    }

    /** The data directories that hold logs of this broker and are not there, as far as the store knows them. From when it is open. */
    default List<AwayDirectory> away() {
        return List.of();
    }

    /** This run of the broker, as leaderships name it; {@code null} where the store's images say of no partition what is stored. From the first image on. */
    default BrokerProcess process() {
        return null;
    }

    /** Where leaders of partitions have changes of in-sync sets stored; {@code null} where the broker is alone. From when it is open. */
    default PartitionStates states() {
        return null;
    }

    /** A peer is heard of no more, or cannot be reached: whoever may is to be elected in its place. Any thread. */
    default void suspect(int broker) {}

    /** A peer that was suspected is heard of again. Any thread. */
    default void trust(int broker) {}

    /** What keeps replicas of this broker from their work by now: whoever is in sync and is not hindered is to lead in their place, and not to wait for them. Any thread. */
    default void hindered(Hindrances hindrances) {}

    /**
     * Which certificates this broker's listeners show and trust from now on ({@link io.partita.broker.security.tls.KeysInForce}), for whoever replaces them. Called from when the store is open;
     * any thread.
     */
    default void keysInForce(String text) {}

    /** Where the keys are that tokens of the store's own accounts are signed with; {@code null} where it has none. */
    default KeySet.Source tokenKeys() {
        return null;
    }

    /**
     * Completes with a sentence, of cause and remedy, when this process can no longer be its broker and is to end. Never where that does not happen. On a thread of the store, so what depends
     * on it must not block.
     */
    default CompletionStage<String> mustEnd() {
        return new CompletableFuture<>();
    }

    /**
     * Says that this broker is about to stop, and gives up what others lead as well; it serves the rest, and stays in in-sync sets, until {@link #handOver}. Completes when it is done, or will not
     * be.
     */
    default CompletionStage<Void> passOn() {
        return CompletableFuture.completedStage(null);
    }

    /** Gives up what this broker leads, to others that are in sync, before it stops. Images go on meanwhile. Completes when it is done, or will not be. */
    default CompletionStage<Void> handOver() {
        return CompletableFuture.completedStage(null);
    }

    /** The newest image that has been applied. From any thread, without waiting. */
    ClusterImage image();

    /** The newest image that is known, which may still be on its way to be applied: it says where clients are to go that come to the wrong broker. Any thread. */
    default ClusterImage newest() {
        return image();
    }

    /**
     * How many partitions each topic has, by its name, none older than this call: what is missing in it is gone, and not only missing in an image. From the start on; any thread.
     *
     * @return completes on a thread of the store, so what depends on it must not block; fails while the store cannot say
     */
    default CompletionStage<Map<String, Integer>> partitionCounts() {
        Map<String, Integer> counts = new HashMap<>();
        image().topics().forEach(topic -> counts.put(topic.name(), topic.partitions().size()));
        return CompletableFuture.completedStage(counts);
    }

    /**
     * Makes this broker a member of the cluster and begins to report changes: first everything there is, as one step from an empty image. To be
     * called once, before any command.
     *
     * @param self this broker and what clients connect to; its partitions get a new leader epoch, because a new process leads them
     * @return completes once the first step is applied
     */
    CompletionStage<Void> start(BrokerImage self, ImageListener listener);

    /**
     * Whose kept records a topic is to begin with: the id of one of its name that was deleted; {@code null} for nobody's. From any thread, without waiting.
     */
    default UUID recordsOf(UUID topicId) {
        return null;
    }

    /** Creates topics, each on its own. With {@code validateOnly} the results say what would happen. */
    CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly);

    /** Deletes topics; the results carry them as they were. Their records go away later. */
    CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics);

    /** Adds partitions to topics; the results carry the topics as they are then. */
    CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly);

    /** Changes settings of topics and brokers. */
    CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly);

    /** Elects leaders where it is asked for and can be done, each on its own; a result is a refusal where nothing was done. */
    default CompletionStage<List<Result<Void>>> electLeaders(List<ElectionWish> wishes) {
        ClusterImage image = image();
        return CompletableFuture.completedStage(wishes.stream().map(wish -> {
            Result<Void> refusal = TopicRules.refusal(wish, image);
            return refusal == null ? TopicRules.notThere(wish, image) : refusal;
        }).toList());
    }

    /** Has partitions moved to other brokers, or back, each on its own; done is what is stored, and the move goes on after that. */
    default CompletionStage<List<Result<Void>>> reassign(List<ReassignmentWish> wishes) {
        ClusterImage image = image();
        return CompletableFuture.completedStage(wishes.stream().map(wish -> {
            Result<Void> refusal = ReassignmentRules.refusal(wish, image);
            boolean isThere = refusal == null && image.topic(wish.topic()).partition(wish.partition()).replicas().equals(wish.replicas());
            return refusal != null || isThere
                    ? refusal == null ? Result.<Void>done(null) : refusal
                    : Result.<Void>refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, "Where partitions are is not decided by this cluster's brokers.");
        }).toList());
    }

    /** Adds access rules, each on its own. One that is there already is done at once. */
    default CompletionStage<List<Result<Void>>> createAcls(List<AclBinding> acls) {
        return CompletableFuture.completedStage(Collections.nCopies(acls.size(), keepsNoRules()));
    }

    /** Takes away the access rules that each filter means; the results carry them. */
    default CompletionStage<List<Result<List<AclBinding>>>> deleteAcls(List<AclFilter> filters) {
        return CompletableFuture.completedStage(Collections.nCopies(filters.size(), keepsNoRules()));
    }

    /** Changes quotas, those of each entity on their own. */
    default CompletionStage<List<Result<Void>>> alterQuotas(List<QuotaAlteration> alterations, boolean validateOnly) {
        return CompletableFuture.completedStage(Collections.nCopies(alterations.size(), keepsNoRules()));
    }

    /** Changes credentials, those of each user on their own. */
    default CompletionStage<List<Result<Void>>> alterUsers(List<UserAlteration> alterations) {
        return CompletableFuture.completedStage(Collections.nCopies(alterations.size(), Result.refused(ErrorCode.POLICY_VIOLATION,
                "Users of this cluster are User objects of Kubernetes: make, change and delete those.")));
    }

    private static <T> Result<T> keepsNoRules() {
        return Result.refused(ErrorCode.POLICY_VIOLATION,
                "Access rules and quotas cannot be kept here yet: there are no objects for them among the metadata of this cluster.");
    }

    /** Ends the store as if the process were killed: nobody is told. */
    default void abandon() {}

    /** Ends the store after the commands under way. */
    CompletionStage<Void> close();
}
