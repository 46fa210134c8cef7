package io.partita.broker.metadata;

import static io.partita.broker.metadata.ImageChange.Basis.FOLLOWED;
import static io.partita.broker.metadata.ImageChange.Basis.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The step between two images that were made apart from each other. */
class ImageChangeTest {

    private static final BrokerImage BROKER_0 = new BrokerImage(0, List.of(), null);
    private static final BrokerImage BROKER_1 = new BrokerImage(1, List.of(), null);

    @Test
    void equalImagesHaveNoStepBetweenThem() {
        assertNull(ImageChange.between(image(topic("a", 1, 2), topic("b", 2, 1)), image(topic("b", 2, 1), topic("a", 1, 2)), FOLLOWED, Set.of()));
    }

    @Test
    void whatWasJustReadIsToldEvenWhenItIsKnown() {
        ImageChange change = ImageChange.between(image(topic("a", 1, 2)), image(topic("a", 1, 2)), READ, Set.of());

        assertEquals(READ, change.basis());
        assertEquals(List.of(), change.changed());
    }

    @Test
    void tellsWhatIsGoneNewAndOther() {
        ClusterImage before = image(topic("gone", 1, 1), topic("anew", 2, 1), topic("grown", 3, 1), topic("same", 4, 1));
        ClusterImage after = image(topic("anew", 5, 1), topic("grown", 3, 2), topic("same", 4, 1), topic("new", 6, 1));

        ImageChange change = ImageChange.between(before, after, FOLLOWED, Set.of());

        assertSame(before, change.before());
        assertSame(after, change.after());
        assertEquals(List.of("anew", "gone"), change.deleted().stream().map(TopicImage::name).toList());
        assertEquals(List.of(new UUID(0, 2), new UUID(0, 1)), change.deleted().stream().map(TopicImage::id).toList());
        assertEquals(List.of("anew", "new"), change.created().stream().map(TopicImage::name).toList());
        assertEquals(List.of("grown"), change.changed().stream().map(TopicImage::name).toList());
        assertEquals(false, change.settingsChanged());
    }

    @Test
    void brokersAndSettingsAreStepsToo() {
        ClusterImage one = ClusterImage.of("c", List.of(BROKER_0), List.of(), Map.of());
        ClusterImage two = ClusterImage.of("c", List.of(BROKER_1, BROKER_0), List.of(), Map.of());
        ClusterImage set = ClusterImage.of("c", List.of(BROKER_1, BROKER_0), List.of(), Map.of(ClusterImage.ALL_BROKERS, Map.of("num.partitions", "3")));

        assertEquals(false, ImageChange.between(one, two, FOLLOWED, Set.of()).settingsChanged());
        assertTrue(ImageChange.between(two, set, FOLLOWED, Set.of()).settingsChanged());
        assertTrue(ImageChange.between(set, two, FOLLOWED, Set.of()).settingsChanged());
        assertEquals(0, two.controllerId());
    }

    private static ClusterImage image(TopicImage... topics) {
        return ClusterImage.of("c", List.of(BROKER_0), List.of(topics), Map.of());
    }

    private static TopicImage topic(String name, long id, int partitions) {
        return new TopicImage(name, new UUID(0, id), Collections.nCopies(partitions, PartitionImage.onReplicas(List.of(0))), Map.of());
    }
}
