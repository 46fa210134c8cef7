package io.partita.broker.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TransactionIndexTest {

    private static final AbortedTransaction FIRST = new AbortedTransaction(7, 1, 4, 0);
    private static final AbortedTransaction SECOND = new AbortedTransaction(8, 5, 6, 7);

    private final FaultyDisk disk = new FaultyDisk(new Random(1));
    private final TransactionIndex index = index(true);

    private TransactionIndex index(boolean fresh) {
        return new TransactionIndex(new LogFile(disk, new OpenFiles(8), Path.of("/0.txnindex")), fresh);
    }

    @Test
    void anEntryThatTheDiskDidNotTakeIsKnownAllTheSameAndIsWrittenBeforeTheNextFlushEnds() throws IOException {
        // Given
        index.add(FIRST);
        disk.leaveSpace(0);

        // When
        assertThrows(IOException.class, () -> index.add(SECOND));

        // Then: readers are told, and nothing counts as flushed.
        assertEquals(List.of(FIRST, SECOND), index.all());
        assertThrows(IOException.class, index::force);

        // When
        disk.leaveSpace(Long.MAX_VALUE);
        index.force();

        // Then
        assertEquals(List.of(FIRST, SECOND), index.all());
        assertEquals(List.of(FIRST, SECOND), index(false).all());
    }
}
