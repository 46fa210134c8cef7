package io.partita.broker.log;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Disk;
import io.partita.broker.env.Workers;

/** What the logs of one data directory share. */
record LogEnvironment(Disk disk, OpenFiles openFiles, Clock clock, Workers workers, DirectoryHealth health) {}
