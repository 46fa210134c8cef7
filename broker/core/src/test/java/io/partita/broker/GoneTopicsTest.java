package io.partita.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.env.Clock;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GoneTopicsTest {

    private static final long WEEK = 1_000;
    private static final UUID ID = new UUID(0, 1);
    private static final UUID OTHER = new UUID(0, 2);

    private long now = 5_000;
    private final GoneTopics topics = new GoneTopics(new Clock() {
        @Override
        public long wallMillis() {
            throw new AssertionError("the machine's clock may be set");
        }

        @Override
        public long monotonicMillis() {
            return now;
        }
    }, image -> WEEK);
    private ClusterImage last = image(ID);

    private static ClusterImage image(UUID... ids) {
        List<TopicImage> topics = List.of(ids).stream()
                .map(id -> new TopicImage("t", id, List.of(new PartitionImage(0, 1, 1, List.of(0), List.of(0))), Map.of()))
                .toList();
        return ClusterImage.of("c", List.of(), topics, Map.of());
    }

    private Map<String, UUID> step(Basis basis, ClusterImage next, UUID... hidden) {
        ImageChange change = ImageChange.between(last, next, basis, Set.of(hidden));
        last = next;
        return topics.after(change);
    }

    @Test
    void whatTheStoreDecidesIsDeletedAtOnce() {
        assertEquals(Map.of("t", ID), step(Basis.DECIDED, image()));
    }

    @Test
    void whatIsNotShownIsDeletedWhenItWasAskedForAndItsTimeIsOver() {
        assertEquals(Map.of(), step(Basis.FOLLOWED, image()));
        assertEquals(Map.of(), step(Basis.ASKED, image()));
        now += WEEK - 1;
        assertEquals(Map.of(), step(Basis.ASKED, image()));
        now += 1;
        assertEquals(Map.of("t", ID), step(Basis.ASKED, image()));
        assertEquals(Map.of(), step(Basis.ASKED, image()));
    }

    @Test
    void whatIsThereAgainBeginsAnew() {
        step(Basis.FOLLOWED, image());
        now += WEEK;
        step(Basis.FOLLOWED, image(ID));
        assertEquals(Map.of(), step(Basis.ASKED, image(ID)));
        step(Basis.FOLLOWED, image());
        assertEquals(Map.of(), step(Basis.ASKED, image()));
    }

    @Test
    void whatIsThereAndHiddenStays() {
        step(Basis.FOLLOWED, image());
        now += 2 * WEEK;
        assertEquals(Map.of(), step(Basis.ASKED, image(), ID));
    }

    @Test
    void anotherTopicOfTheNameKeepsItsOwn() {
        step(Basis.FOLLOWED, image(OTHER));
        now += WEEK;
        assertEquals(Map.of(), step(Basis.ASKED, image(OTHER)));
    }
}
