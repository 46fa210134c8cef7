package io.partita.broker.metadata;

import io.partita.broker.metadata.ImageChange.Basis;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Metadata as a test says they are, for one broker or several: what is published is applied by each, then shown. */
public final class ScriptedMetadata {

    private final List<Store> stores = new ArrayList<>();
    private ClusterImage image;
    /** By topic, whose kept records it asks for. */
    public final Map<UUID, UUID> recordsOf = new ConcurrentHashMap<>();

    /** Begins with {@code image}. */
    public ScriptedMetadata(ClusterImage image) {
        this.image = image;
    }

    /** The store of one broker. */
    public MetadataStore store(MetadataStore.Context context) {
        Store store = new Store();
        stores.add(store);
        return store;
    }

    /** What there was, with other topics. */
    public void publish(Basis basis, TopicImage... topics) {
        publish(basis, image.brokers(), topics);
    }

    /** What there is from now on; returns when all brokers have applied it. */
    public void publish(Basis basis, List<BrokerImage> brokers, TopicImage... topics) {
        image = ClusterImage.of(image.clusterId(), brokers, List.of(topics), Map.of());
        for (Store store : stores) {
            store.become(image, basis);
        }
    }

    private final class Store implements MetadataStore {

        private volatile ClusterImage applied = ClusterImage.empty(image.clusterId());
        private ImageListener listener;

        @Override
        public UUID recordsOf(UUID topicId) {
            return recordsOf.get(topicId);
        }

        @Override
        public ClusterImage image() {
            return applied;
        }

        @Override
        public CompletionStage<Void> start(BrokerImage self, ImageListener imageListener) {
            listener = imageListener;
            return listener.apply(ImageChange.first(image, Basis.REMEMBERED, Set.of())).thenRun(() -> applied = image);
        }

        private void become(ClusterImage next, Basis basis) {
            ImageChange change = ImageChange.between(applied, next, basis, Set.of());
            if (change != null) {
                listener.apply(change).toCompletableFuture().join();
            }
            applied = next;
        }

        @Override
        public CompletionStage<List<Result<TopicImage>>> createTopics(List<NewTopic> topics, boolean validateOnly) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<List<Result<TopicImage>>> deleteTopics(List<TopicSelector> topics) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<List<Result<TopicImage>>> createPartitions(List<NewPartitions> additions, boolean validateOnly) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<List<Result<Void>>> alterConfigs(List<ConfigAlteration> alterations, boolean validateOnly) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Void> close() {
            return CompletableFuture.completedStage(null);
        }
    }
}
