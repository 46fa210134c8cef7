package io.partita.broker.metadata;

import io.partita.broker.env.Disk;
import io.partita.broker.env.Failures;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journals of {@link FileMetadataStore}, one in each data directory, which say the same. Every change has a number, so that a copy which missed some is known for it;
 * the newest counts, and the others are made like it. A change is made when one copy has it: a full or failing disk among several does not keep topics from being changed.
 * Used by one thread at a time.
 */
final class JournalCopies implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(JournalCopies.class);

    /** The number of a change in files of the format that had none. */
    private static final long UNNUMBERED = -1;

    private final Disk disk;
    private final List<Copy> copies = new ArrayList<>();
    private List<MetadataJournalFrame> frames = List.of();
    private long revision;
    private boolean isOfOldFormat;

    /** One of the files. */
    private static final class Copy {
        private final Path directory;
        private Journal journal;
        private List<MetadataJournalFrame> frames = new ArrayList<>();
        /** Whether it lacks changes, so that it has to be written as a whole. */
        private boolean isBehind;
        private boolean isFailing;

        private Copy(Path directory) {
            this.directory = directory;
        }

        private long revision() {
            return frames.getLast().revision;
        }
    }

    private JournalCopies(Disk disk) {
        this.disk = disk;
    }

    /**
     * Reads what the directories have, and changes nothing.
     *
     * @throws IOException when a copy is damaged, or two say different things; the message says what can be done
     */
    static JournalCopies read(Disk disk, List<Path> directories) throws IOException {
        JournalCopies all = new JournalCopies(disk);
        Copy newest = null;
        for (Path directory : directories) {
            Copy copy = new Copy(directory);
            copy.journal = Journal.open(disk, directory, copy.frames);
            all.copies.add(copy);
            boolean isNewer = copy.journal != null && (newest == null || copy.revision() > newest.revision());
            newest = isNewer ? copy : newest;
        }
        if (newest == null) {
            return all;
        }
        for (Copy copy : all.copies) {
            if (copy.journal != null && copy != newest) {
                checkIsForerunner(copy, newest);
            }
            copy.isBehind = copy.journal == null || copy.revision() < newest.revision();
        }
        all.frames = newest.frames;
        all.revision = newest.revision();
        all.isOfOldFormat = newest.revision() == UNNUMBERED;
        all.copies.forEach(copy -> copy.frames = null);
        return all;
    }

    /** A copy that lacks the latest changes is made like the newest; one that has others is of a broker that ran without the newest, or of the time before copies. */
    private static void checkIsForerunner(Copy copy, Copy newest) throws IOException {
        boolean differ = copy.revision() == UNNUMBERED;
        // A frame that starts a file says everything, and is another one where the file was shortened at another time.
        int last = copy.frames.size() - 1;
        for (int index = 1; last > 0 && index < newest.frames.size(); index++) {
            differ |= newest.frames.get(index).revision == copy.revision() && newest.journal.checksum(index) != copy.journal.checksum(last);
        }
        if (differ) {
            throw new IOException(copy.journal.path() + " and " + newest.journal.path()
                    + " say different things of the topics of this broker, as after it was run with"
                    + " each of these data directories alone. Keep the one that is right and move the other file away; logs of topics that it does not name are"
                    + " set aside, and kept.");
        }
    }

    /** Whether no directory has a journal. */
    boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Whether the journal is of the time before directories were noted in it. */
    boolean isOfOldFormat() {
        return isOfOldFormat;
    }

    /** What the newest copy says. To be called once. */
    List<MetadataJournalFrame> takeFrames() {
        List<MetadataJournalFrame> taken = frames;
        frames = null;
        return taken;
    }

    /** From now on these directories have copies, and no others. */
    void placeIn(List<Path> directories) {
        copies.removeIf(copy -> !directories.contains(copy.directory));
        for (Copy copy : copies) {
            copy.isBehind |= isOfOldFormat;
            if (copy.journal == null) {
                copy.journal = Journal.none(disk, copy.directory);
                copy.isBehind = true;
            }
        }
        isOfOldFormat = false;
    }

    /** Whether a copy lacks what others have. */
    boolean isOneBehind() {
        return copies.stream().anyMatch(copy -> copy.isBehind);
    }

    /**
     * Adds a change and makes it durable. When this throws, the change is not there, now or after a restart, unless a crash comes first.
     *
     * @param whole everything there is, the change included, for when it is time to write a file anew
     */
    void append(MetadataJournalFrame change, Supplier<MetadataJournalFrame> whole) throws IOException {
        // Also when it fails: what a failed write left is older than the next change then.
        revision++;
        change.revision = revision;
        Supplier<MetadataJournalFrame> numbered = () -> {
            MetadataJournalFrame everything = whole.get();
            everything.revision = revision;
            return everything;
        };
        List<IOException> failures = new ArrayList<>();
        int done = 0;
        for (Copy copy : copies) {
            try {
                if (copy.isBehind) {
                    copy.journal.rewrite(numbered.get());
                    copy.isBehind = false;
                } else {
                    copy.journal.append(change, numbered);
                }
                copy.isFailing = false;
                done++;
            } catch (IOException failed) {
                failures.add(failed);
                copy.isBehind = true;
                if (!copy.isFailing && copies.size() > 1) {
                    LOG.error("{} cannot be written: {}. Changes are in the other copies, and in this one when it can be written again.", copy.journal.path(),
                            Failures.said(failed));
                }
                copy.isFailing = true;
            }
        }
        if (done == 0) {
            throw failures.getFirst();
        }
    }

    /** Whether the changes outweigh what they change. */
    boolean isLong() {
        return copies.stream().anyMatch(copy -> copy.journal != null && copy.journal.isLong());
    }

    @Override
    public void close() throws IOException {
        for (Copy copy : copies) {
            if (copy.journal != null) {
                copy.journal.close();
            }
        }
    }
}
