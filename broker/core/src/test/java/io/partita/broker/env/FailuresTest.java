package io.partita.broker.env;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class FailuresTest {

    @Test
    void whatDisksAndNetworksDoIsToldWithoutNamesOfClassesAndStackTraces() {
        for (Exception failure : new Exception[] {new DiskFullException("No space left on device"), new CompletionException(
                new DiskFullException("No space left on device")),
            new UncheckedIOException(new IOException("No space left on device"))}) {
            assertEquals("No space left on device", Failures.said(failure));
            assertNull(Failures.defect(failure));
        }
        assertEquals("there is no /data/x", Failures.said(new NoSuchFileException("/data/x")));
        assertEquals("the access to /data/x is denied", Failures.said(new AccessDeniedException("/data/x")));
        assertEquals("/data/x: Read-only file system", Failures.said(new FileSystemException("/data/x", null, "Read-only file system")));
    }

    @Test
    void aDefectIsToldWithEverything() {
        IllegalStateException defect = new IllegalStateException("broken");
        assertEquals("java.lang.IllegalStateException: broken", Failures.said(defect));
        assertSame(defect, Failures.defect(defect));
    }
}
