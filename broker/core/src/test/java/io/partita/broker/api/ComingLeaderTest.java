package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.Requests;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.PartitionState;
import io.partita.broker.env.MemoryDisk;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import io.partita.broker.env.Workers;
import io.partita.broker.log.LogConfig;
import io.partita.broker.log.LogDirectory;
import io.partita.broker.log.LogId;
import io.partita.broker.metadata.ClusterImage;
import io.partita.broker.metadata.MetadataStore;
import io.partita.broker.metadata.PartitionImage;
import io.partita.broker.metadata.TopicImage;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.ErrorCode;
import io.partita.broker.protocol.Message;
import io.partita.broker.protocol.message.ProduceResponse;
import io.partita.broker.replication.PartitionLeader;
import io.partita.broker.replication.Partitions;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Records that come to a broker which is to lead their partition, and does not yet. */
class ComingLeaderTest {

    private static final UUID TOPIC_ID = new UUID(1, 1);
    private static final BrokerProcess SELF = new BrokerProcess(1, "here");
    private static final BrokerProcess OTHER = new BrokerProcess(2, "there");
    private static final int PRODUCE_VERSION = 9;

    private final TestClock clock = new TestClock();
    private final TestEventLoop loop = new TestEventLoop(clock);
    private final Workers workers = Runnable::run;
    private final Partitions partitions = new Partitions();
    private ClusterImage image = led(OTHER);
    private ClusterImage newest = image;
    private final ProduceHandler handler = new ProduceHandler(new PartitionLookup(partitions, metadata(), SELF.broker()), null, workers,
            new MemoryPool(1 << 20), clock);
    private final Asked asked = new Asked();

    private final class Asked extends TestRequest {
        private final List<ProduceResponse.PartitionProduceResponse> answers = new ArrayList<>();

        private Asked() {
            super(loop, ApiKey.PRODUCE, PRODUCE_VERSION);
        }

        @Override
        public void respond(Message answer) {
            answers.add(((ProduceResponse) answer).responses.getFirst().partitionResponses.getFirst());
        }
    }

    private static ClusterImage led(BrokerProcess leader) {
        List<InSyncReplica> isr = List.of(new InSyncReplica(1, "log1"), new InSyncReplica(2, "log2"));
        PartitionState state = new PartitionState(List.of(1, 2), leader, 5, 9, isr, 1, 0);
        TopicImage topic = new TopicImage("t", TOPIC_ID, List.of(PartitionImage.of(state, 7)), Map.of());
        ClusterImage empty = ClusterImage.empty("cluster");
        return empty.changed(List.of(), List.of(), List.of(topic), Map.of(), empty.acls(), empty.quotas(), empty.scramUsers());
    }

    private MetadataStore metadata() {
        return (MetadataStore) Proxy.newProxyInstance(MetadataStore.class.getClassLoader(), new Class<?>[] {MetadataStore.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "image" -> image;
                    case "newest" -> newest;
                    case "process" -> SELF;
                    default -> throw new AssertionError(method.getName());
                });
    }

    private void produce(String value) {
        handler.handle(asked, Requests.produce("t", 0, 1, 10_000, Requests.batch(value)));
        loop.runTasks();
    }

    private void lead() throws IOException {
        LogDirectory directory = LogDirectory.open(Path.of("/data"), "cluster", 1, 16, new MemoryDisk(), clock, workers, new Random(1)::nextLong);
        directory.load(topic -> LogConfig.DEFAULTS, 1);
        partitions.add(List.of(new PartitionLeader("t", TOPIC_ID, 0, loop, workers, directory.create(new LogId("t", 0), TOPIC_ID, LogConfig.DEFAULTS), 5, 1)));
    }

    @Test
    void theyWaitForALeadershipThatIsOnItsWayAndKeepTheirOrder() throws IOException {
        newest = led(SELF);
        produce("first");
        loop.advance(100);
        produce("second");
        assertTrue(asked.answers.isEmpty());
        // The leader is there before anybody has looked again; what comes now does not overtake.
        lead();
        produce("third");
        loop.advance(10);
        assertEquals(List.of((short) 0, (short) 0, (short) 0), asked.answers.stream().map(answer -> answer.errorCode).toList());
        assertEquals(List.of(0L, 1L, 2L), asked.answers.stream().map(answer -> answer.baseOffset).toList());
    }

    @Test
    void theyAreRefusedAtOnceWhereAnotherBrokerLeads() {
        produce("first");
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER.code(), asked.answers.getFirst().errorCode);
    }

    @Test
    void theyAreRefusedWhenTheLeadershipDoesNotCome() {
        newest = led(SELF);
        produce("first");
        loop.advance(300);
        produce("second");
        loop.advance(300);
        // Each waited as long at most, not one after the other.
        assertEquals(1, asked.answers.size());
        loop.advance(300);
        assertEquals(2, asked.answers.size());
        assertEquals(ErrorCode.NOT_LEADER_OR_FOLLOWER.code(), asked.answers.getFirst().errorCode);
    }
}
