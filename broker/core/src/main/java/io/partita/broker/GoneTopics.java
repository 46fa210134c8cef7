package io.partita.broker;

import io.partita.broker.env.Clock;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.ImageChange;
import io.partita.broker.metadata.ImageChange.Basis;
import io.partita.broker.metadata.TopicImage;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToLongFunction;

/**
 * Topics that are gone from the metadata, until what coordinators keep of them (committed offsets) may go as well: at once where the store decides by itself, else by the rule
 * that holds for their records. A topic that is merely not shown, by a list that was too old or because somebody deleted an object and puts it back, costs nobody an offset.
 *
 * <p>Time is counted from when this process saw a topic go; one that went before is left to the expiry of groups. Used by the listener's steps, one at a time.
 */
final class GoneTopics {

    private final Clock clock;
    private final ToLongFunction<ClusterImage> undeleteMillis;
    private final Map<UUID, Gone> gone = new HashMap<>();

    private record Gone(String name, long sinceMillis) {}

    /** @param undeleteMillis for how long the deletion of a topic can be undone */
    GoneTopics(Clock clock, ToLongFunction<ClusterImage> undeleteMillis) {
        this.clock = clock;
        this.undeleteMillis = undeleteMillis;
    }

    /** Ids by name of the topics that are deleted for good with a step. */
    Map<String, UUID> after(ImageChange change) {
        Map<String, UUID> deleted = new HashMap<>();
        for (TopicImage topic : change.deleted()) {
            if (change.basis() == Basis.DECIDED) {
                deleted.put(topic.name(), topic.id());
            } else {
                gone.put(topic.id(), new Gone(topic.name(), clock.monotonicMillis()));
            }
        }
        change.created().forEach(topic -> gone.remove(topic.id()));
        if (change.basis() == Basis.ASKED) {
            collect(change, deleted);
        }
        return deleted;
    }

    private void collect(ImageChange change, Map<String, UUID> deleted) {
        long until = clock.monotonicMillis() - undeleteMillis.applyAsLong(change.after());
        for (Iterator<Map.Entry<UUID, Gone>> all = gone.entrySet().iterator(); all.hasNext();) {
            Map.Entry<UUID, Gone> one = all.next();
            String name = one.getValue().name;
            boolean isThere = change.hidden().contains(one.getKey());
            boolean isDue = one.getValue().sinceMillis <= until;
            if (isThere || !isDue || deleted.containsKey(name)) {
                continue;
            }
            all.remove();
            // Offsets do not always tell of which topic they are, and those of another topic of the name must stay; the old ones are not shown for it.
            if (change.after().topic(name) == null) {
                deleted.put(name, one.getKey());
            }
        }
    }
}
