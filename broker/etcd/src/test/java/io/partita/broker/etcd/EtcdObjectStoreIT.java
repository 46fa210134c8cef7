package io.partita.broker.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.cluster.ObjectStore;
import io.partita.broker.cluster.ObjectStore.Event;
import io.partita.broker.cluster.ObjectStore.Outcome;
import io.partita.broker.cluster.ObjectStore.Renewal;
import io.partita.broker.cluster.ObjectStore.Stored;
import io.partita.broker.cluster.ObjectStore.Watcher;
import io.partita.broker.cluster.ObjectStoreException;
import io.partita.broker.security.tls.TlsKeySettings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The store over a real etcd. */
class EtcdObjectStoreIT {

    private static final TlsKeySettings NO_KEYS = new TlsKeySettings(setting -> null);

    @TempDir
    static Path directory;
    private static EtcdServer etcd;

    private ObjectStore store;

    @BeforeAll
    static void startEtcd() throws Exception {
        etcd = EtcdServer.start(directory);
    }

    @AfterAll
    static void stopEtcd() {
        etcd.close();
    }

    @BeforeEach
    void open(TestInfo test) {
        store = EtcdObjectStore.at(etcd.address() + "/" + test.getTestMethod().orElseThrow().getName(), NO_KEYS);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private long put(String name, long ifVersion, String text) throws Exception {
        return assertInstanceOf(Outcome.Written.class, await(store.put(name, ifVersion, text))).version();
    }

    @Test
    void anObjectIsPutOnlyOverTheVersionThatWasSeen() throws Exception {
        assertNull(await(store.get("topics/orders")));
        long first = put("topics/orders", ObjectStore.ABSENT, "one\nline, and ümlauts\n");
        assertEquals(new Stored("topics/orders", first, "one\nline, and ümlauts\n"), await(store.get("topics/orders")));
        assertInstanceOf(Outcome.Overtaken.class, await(store.put("topics/orders", ObjectStore.ABSENT, "two")));
        long second = put("topics/orders", first, "two");
        assertTrue(second > first);
        assertInstanceOf(Outcome.Overtaken.class, await(store.put("topics/orders", first, "three")));
        assertInstanceOf(Outcome.Overtaken.class, await(store.delete("topics/orders", first)));
        assertInstanceOf(Outcome.Written.class, await(store.delete("topics/orders", second)));
        assertNull(await(store.get("topics/orders")));
        assertInstanceOf(Outcome.Overtaken.class, await(store.delete("topics/orders", ObjectStore.ABSENT)));
    }

    @Test
    void aListHasTheClustersOwnObjectsAndAVersionToWatchFrom() throws Exception {
        ObjectStore neighbour = EtcdObjectStore.at(etcd.address() + "/neighbour", NO_KEYS);
        await(neighbour.put("cluster", ObjectStore.ABSENT, "theirs"));
        put("cluster", ObjectStore.ABSENT, "ours");
        long version = put("topics/orders", ObjectStore.ABSENT, "");
        ObjectStore.Listing listing = await(store.list());
        assertEquals(List.of("cluster", "topics/orders"), listing.objects().stream().map(Stored::name).toList());
        assertEquals("", listing.objects().getLast().text());
        assertTrue(listing.version() >= version);
        neighbour.close();
    }

    @Test
    void aWatchTellsWhatHasChangedSinceAVersion() throws Exception {
        long first = put("sets/1-0", ObjectStore.ABSENT, "a");
        long second = put("sets/1-0", first, "b");
        LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
        ObjectStore.Watch watch = store.watch(first, collecting(events, new LinkedBlockingQueue<>()));
        assertEquals(new Event("sets/1-0", second, "b"), events.poll(30, TimeUnit.SECONDS));
        long third = put("sets/1-1", ObjectStore.ABSENT, "c");
        assertEquals(new Event("sets/1-1", third, "c"), events.poll(30, TimeUnit.SECONDS));
        long end = assertInstanceOf(Outcome.Written.class, await(store.delete("sets/1-1", third))).version();
        assertEquals(new Event("sets/1-1", end, null), events.poll(30, TimeUnit.SECONDS));
        watch.end();
    }

    private static Watcher collecting(LinkedBlockingQueue<Event> events, LinkedBlockingQueue<Boolean> ends) {
        return new Watcher() {
            @Override
            public void changed(List<Event> all) {
                events.addAll(all);
            }

            @Override
            public void ended(boolean isGap, String reason) {
                ends.add(isGap);
            }
        };
    }

    @Test
    void aRegistrationRunsOutUnlessItIsRenewed() throws Exception {
        long version = assertInstanceOf(Outcome.Written.class, await(store.register("brokers/1", ObjectStore.ABSENT, "here", 2_000))).version();
        assertTrue(await(store.renew("brokers/1")).isThere());
        LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
        store.watch(version, collecting(events, new LinkedBlockingQueue<>()));
        Event end = events.poll(60, TimeUnit.SECONDS);
        assertNotNull(end, "it runs out");
        assertNull(end.text());
        assertFalse(await(store.renew("brokers/1")).isThere());
    }

    @Test
    void aRenewalSaysWhatVersionTheStoreHas() throws Exception {
        long version = assertInstanceOf(Outcome.Written.class, await(store.register("brokers/1", ObjectStore.ABSENT, "here", 60_000))).version();
        assertEquals(new Renewal(true, version), await(store.renew("brokers/1")));
        long other = put("topics/a", ObjectStore.ABSENT, "a");
        assertEquals(new Renewal(true, other), await(store.renew("brokers/1")));
        assertEquals(new Renewal(true, other), await(store.renew("brokers/1")));
    }

    @Test
    void aRegistrationThatAnotherHasTakenIsNotRenewed(TestInfo test) throws Exception {
        long version = assertInstanceOf(Outcome.Written.class, await(store.register("brokers/1", ObjectStore.ABSENT, "old", 60_000))).version();
        ObjectStore other = EtcdObjectStore.at(etcd.address() + "/" + test.getTestMethod().orElseThrow().getName(), NO_KEYS);
        assertInstanceOf(Outcome.Written.class, await(other.register("brokers/1", version, "new", 60_000)));
        assertFalse(await(store.renew("brokers/1")).isThere());
        assertTrue(await(other.renew("brokers/1")).isThere());
        other.close();
    }

    @Test
    void aWatchEndsAndCallsFailWhileEtcdIsAway() throws Exception {
        long version = put("cluster", ObjectStore.ABSENT, "a");
        LinkedBlockingQueue<Boolean> ends = new LinkedBlockingQueue<>();
        LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
        store.watch(version, collecting(events, ends));
        version = put("cluster", version, "b");
        assertNotNull(events.poll(30, TimeUnit.SECONDS));
        etcd.kill();
        try {
            assertEquals(false, ends.poll(30, TimeUnit.SECONDS));
            ExecutionException failure = assertThrows(ExecutionException.class, () -> await(store.get("cluster")));
            assertInstanceOf(ObjectStoreException.class, failure.getCause());
        } finally {
            etcd.run();
        }
        assertEquals("b", await(store.get("cluster")).text());
    }
}
