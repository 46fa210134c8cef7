package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.MemoryPool;
import io.partita.broker.env.Workers;
import java.io.IOException;

/** What the logs of one data directory share. */
record LogEnvironment(Disk disk, OpenFiles openFiles, Clock clock, Workers workers, DirectoryHealth health, SpaceReserve reserve, Checkpoints checkpoints,
        CleanerCheckpoint cleaned, ProducerBudget producers, MemoryPool delayed) {

    /** Lets a log have the directory's checkpoints written before it does something they must not contradict. */
    interface Checkpoints {
        /** Writes down where the logs begin and how far they are flushed. Blocks. */
        void write() throws IOException;
    }
}
