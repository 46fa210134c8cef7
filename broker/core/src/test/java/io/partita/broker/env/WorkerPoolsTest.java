package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WorkerPoolsTest {

    @Test
    void noKindOfWorkWaitsBehindAnother() {
        CountDownLatch gate = new CountDownLatch(1);
        try (WorkerPools pools = new WorkerPools()) {
            for (Workers.Kind busy : Workers.Kind.values()) {
                for (int i = 0; i < 50; i++) {
                    pools.of(busy).execute(() -> await(gate));
                }
                for (Workers.Kind idle : Workers.Kind.values()) {
                    if (idle.ordinal() > busy.ordinal()) {
                        assertEquals(idle, CompletableFuture.supplyAsync(() -> idle, pools.of(idle)::execute).join());
                    }
                }
            }
            assertEquals("urgent", CompletableFuture.supplyAsync(() -> "urgent", pools::execute).join());
            gate.countDown();
        }
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
