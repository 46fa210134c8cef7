package io.partita.broker.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.TestClock;
import io.partita.broker.env.TestEventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProduceConversionsTest {

    private final ArrayDeque<Runnable> workers = new ArrayDeque<>();
    private final TestEventLoop loop = new TestEventLoop(new TestClock());
    private final MemoryPool memory = new MemoryPool(100);
    private final ProduceConversions conversions = new ProduceConversions(workers::add, memory);
    private final List<String> done = new ArrayList<>();
    private final ClientInfo first = client();
    private final ClientInfo second = client();

    private static ClientInfo client() {
        return (ClientInfo) java.lang.reflect.Proxy.newProxyInstance(ClientInfo.class.getClassLoader(), new Class<?>[] {ClientInfo.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> null;
                });
    }

    private void convert(ClientInfo client, String name, long bytes) {
        conversions.inTurn(client, ended -> conversions.run(() -> done.add(name + " converted"), bytes, loop, failure -> {
            done.add(failure == null ? name : name + " failed");
            ended.run();
        }));
    }

    private void pass(ClientInfo client, String name) {
        conversions.inTurn(client, ended -> {
            done.add(name);
            ended.run();
        });
    }

    private void work() {
        while (!workers.isEmpty()) {
            workers.poll().run();
            loop.runTasks();
        }
    }

    @Test
    void requestsOfAConnectionKeepTheirOrderAndThoseOfOthersDoNotWait() {
        convert(first, "a", 10);
        pass(first, "b");
        convert(first, "c", 10);
        assertTrue(conversions.isBusy(first));
        assertFalse(conversions.isBusy(second));
        pass(second, "other");
        assertEquals(List.of("other"), done);
        work();
        assertEquals(List.of("other", "a converted", "a", "b", "c converted", "c"), done);
        assertFalse(conversions.isBusy(first));
    }

    @Test
    void noMoreIsConvertedAtOnceThanThereIsMemoryFor() {
        convert(first, "a", 1_000);
        convert(second, "b", 1_000);
        assertEquals(1, workers.size(), "one larger than all there is has its turn alone");
        work();
        assertEquals(List.of("a converted", "a", "b converted", "b"), done);
        assertEquals(0, memory.usedBytes());
    }

    @Test
    void whatCannotBeConvertedLetsOthersPass() {
        List<Throwable> failures = new ArrayList<>();
        conversions.inTurn(first, ended -> conversions.run(() -> {
            throw new IllegalStateException("thrown by the test");
        }, 10, loop, failure -> {
            failures.add(failure);
            ended.run();
        }));
        pass(first, "b");
        work();
        assertInstanceOf(IllegalStateException.class, failures.getFirst());
        assertEquals(List.of("b"), done);
        assertEquals(0, memory.usedBytes());
    }
}
