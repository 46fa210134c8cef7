package io.partita.broker.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Hindrances;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.Entropy;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.TestClock;
import io.partita.broker.log.DataDirectories;
import io.partita.broker.log.LogIncarnation;
import io.partita.broker.metadata.BrokerImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who leads first where a topic is to begin with records that brokers have kept. */
class KeptRecordsTest {

    private static final UUID TOPIC = new UUID(1, 2);
    private static final PartitionKey KEY = new PartitionKey(TOPIC, 0);
    private static final String SET = "1-0";

    private PartitionState next(int self, Integer epochOfLogs, boolean isAsked, boolean isLate) throws IOException {
        SeenCluster seen = new SeenCluster();
        Entropy entropy = Entropy.system();
        MemoryDisk disk = new MemoryDisk();
        for (int id = 1; id <= 2; id++) {
            seen.see(BrokerObject.objectName(id), id, new BrokerObject(new BrokerImage(id, List.of(), null), new BrokerProcess(id, "p" + id), "log" + id, "-",
                    BrokerObject.LEVEL, false, false, 0).text());
        }
        TopicObject topic = new TopicObject("t", TOPIC, List.of(new TopicObject.Place(SET, List.of(1, 2))), 1, Map.of());
        seen.see(TopicObject.objectName("t"), 3, topic.text());
        try (DataDirectories found = DataDirectories.find(List.of(Path.of("data")), StoreCluster.ID, self, disk, entropy)) {
            Duties duties = new Duties(seen, new Peers(seen, new TestClock(), self), new BrokerProcess(self, "p" + self),
                    LogIncarnation.of(disk, found, entropy), key -> epochOfLogs, () -> Hindrances.NONE, new Duties.Settings() {
                        @Override
                        public int minInSync(TopicObject ignored) {
                            return 1;
                        }

                        @Override
                        public int replicas(TopicObject ignored, int brokers) {
                            return 0;
                        }

                        @Override
                        public boolean isStaying(int broker) {
                            return true;
                        }

                        @Override
                        public boolean isUncleanAllowed(TopicObject ignored) {
                            return false;
                        }

                        @Override
                        public boolean asksForRecords(TopicObject ignored) {
                            return isAsked;
                        }
                    });
            PartitionSet set = new PartitionSet(new TreeMap<>(Map.of(KEY, PartitionState.placed(List.of(1, 2), 1))));
            return duties.next(SET, set, isLate).states().get(KEY);
        }
    }

    @Test
    void whoHasThemLeadsFirstWhereverItStands() throws IOException {
        PartitionState elected = next(2, 7, true, false);
        assertEquals(2, elected.leader().broker());
        assertEquals(8, elected.epoch(), "above all epochs of the records");
        assertEquals(null, next(1, -1, true, false).leader(), "whose turn it would be leaves it to those who have them");
        assertEquals(null, next(1, null, true, false).leader(), "and so does who does not know yet");
    }

    @Test
    void whereNobodyHasThemSomebodyLeadsAllTheSame() throws IOException {
        assertEquals(1, next(1, -1, true, true).leader().broker());
    }

    @Test
    void whereNobodyAsksForThemTheFirstReplicaLeads() throws IOException {
        assertEquals(1, next(1, -1, false, false).leader().broker());
        assertEquals(null, next(2, 7, false, false).leader());
    }
}
